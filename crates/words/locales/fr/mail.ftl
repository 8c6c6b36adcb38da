## Courriels

mail-reply-above = -- Répondez au-dessus de cette ligne --
mail-greeting = Bonjour,
mail-follow = Suivre la demande : { $link }
mail-open-request = Ouvrir la demande : { $link }
mail-by-clause = C’est ce que prévoit le contrat, { $clause }.
mail-about = Objet : { $subject }
mail-about-account =
    Objet : { $subject }
    Client : { $account }

mail-acknowledgement-subject = [{ $number }] Demande reçue : { $subject }
mail-acknowledgement-received = Votre demande « { $subject } » est arrivée. Son numéro est { $number }.
mail-acknowledgement-add = Pour ajouter une précision ou un fichier, répondez à ce courriel : tout arrive dans la demande.

mail-neutral-subject = [{ $number }] Message reçu
mail-neutral-received = Votre message est arrivé chez { $provider } sous le numéro { $number }. Une personne de l’équipe le lit et vous répond à cette adresse.
mail-neutral-ignore = Si vous n’avez rien envoyé, ignorez ce courriel.

mail-stranger-subject = [{ $number }] Du nouveau
mail-stranger-why = { $provider } vous écrit parce qu’un message est arrivé de votre adresse, sous le numéro { $number }. Si vous n’avez rien envoyé, ignorez ce courriel.

mail-reply-subject = [{ $number }] { $subject }
mail-reply-signature =
    { $agent }
    { $provider }

mail-promise-state = { $promise } : { $state }.
mail-promise-state-left = { $promise } : { $state } ({ $left }).
mail-warning-subject = [{ $number }] Échéance proche, { $promise } : { $subject }
mail-warning = L’échéance de la demande { $number } approche. Promesse : { $promise }.
mail-missed-binding-subject = [{ $number }] Échéance manquée, { $promise } : { $subject }
mail-missed-binding = Une échéance de la demande { $number } est manquée. Promesse : { $promise }.
mail-missed-objective-subject = [{ $number }] Objectif manqué, { $promise } : { $subject }
mail-missed-objective = Un objectif de la demande { $number } est manqué. Promesse : { $promise }.
mail-missed-estimate-subject = [{ $number }] Estimation dépassée, { $promise } : { $subject }
mail-missed-estimate = Une estimation de la demande { $number } est dépassée. Promesse : { $promise }.
mail-escalation-subject = [{ $number }] Demande remontée, { $promise } : { $subject }
mail-escalation = La demande { $number } remonte à ce rôle : { $role }. Promesse en cause : { $promise }.

mail-customer-wrote-subject = [{ $number }] { $author } a écrit : { $subject }
mail-customer-wrote = { $author } a écrit dans la demande { $number }.

mail-returned-subject = [{ $number }] Courriel non distribué à { $author }
mail-returned = Le courriel envoyé à { $author } pour la demande { $number } n’a pas été distribué.
mail-returned-reason = Réponse du serveur : { $reason }

mail-sign-in-subject = Votre lien de connexion à { $provider }
mail-sign-in-link =
    Ouvrez ce lien dans le navigateur où vous l’avez demandé, puis confirmez :
    { $link }
mail-sign-in-code = Ou saisissez ce code sur la page de connexion : { $code }
mail-sign-in-ignore = Il sert une fois et reste valable 10 minutes. Si vous n’avez rien demandé, ignorez ce courriel.

mail-full-strangers-subject = Courriels à des adresses inconnues : le plafond du jour est atteint
mail-full-strangers = En un jour, { $most } courriels automatiques sont partis vers des adresses inconnues : c’est le plafond de cette installation. Les suivants sont retenus tant qu’il est atteint ; les demandes, elles, sont ouvertes. Quelqu’un écrit peut-être sous l’adresse d’autrui.
mail-full-strangers-link = Voir ce qui est retenu : { $link }

mail-full-person-subject = { $name } : demandes en rafale
mail-full-person = { $name } a ouvert plus de { $most } demandes par courriel en une heure, ou trois fois autant en un jour : une machine répond peut-être à nos accusés de réception. Les demandes de trop sont ouvertes, et aucun courriel automatique ne part à leur sujet ; vos réponses partent comme toujours.
mail-full-person-link = La première : { $link }

mail-webhook-off-subject = Webhook désactivé : { $url }
mail-webhook-off = Plus rien n’est envoyé à { $url } : rien n’y est arrivé depuis cinq jours, ou l’adresse a répondu qu’elle n’existe plus.
mail-webhook-off-again =
    Rien n’est perdu : réactivé, il reçoit ce qu’il a manqué.
    Voir les envois et le réactiver : { $link }
mail-webhook-unkept = Plus rien n’est envoyé à { $url } : qui tenait ce webhook est parti, ou n’a plus le droit d’en tenir.
mail-rule-unkept-subject = Règle désactivée : { $title }
mail-rule-unkept = La règle « { $title } » n’agit plus : qui la tenait est parti, ou n’a plus le droit de tenir des règles.
mail-rule-meaningless = La règle « { $title } » n’agit plus : sa condition « { $condition } » nomme quelque chose qui n’existe plus.
mail-rule-unkept-again =
    Qui l’enregistre de nouveau la tient, et elle agit pour cette personne.
    Voir les règles : { $link }

# Les courriels que le service envoie de lui-même : leur nom, et quand ils partent.
mail-kinds-customers = Au client
mail-kinds-colleagues = À l’équipe
mail-templates-all = Tous les courriels
mail-templates-french = français
mail-templates-english = English
delivery-kind-acknowledgement = accusé de réception
mail-leaves-acknowledgement = Part dès qu’une demande est enregistrée. Il dit son numéro, à qui de jouer et pour quand.
delivery-kind-reply = réponse
mail-leaves-reply = Part quand un agent répond au client, avec le texte de l’agent.
delivery-kind-reminder = rappel
mail-leaves-reminder = Part quand le client n’a pas répondu et que sa demande sera bientôt clôturée.
delivery-kind-customer-wrote = message du client
mail-leaves-customer-wrote = Part quand un client écrit dans une demande, à qui s’en charge et à qui la suit.
delivery-kind-returned = courriel non distribué
mail-leaves-returned = Part quand un courriel du service n’a pas atteint le client.
delivery-kind-update-asked = nouvelles demandées
mail-leaves-update-asked = Part quand un client demande où en est sa demande.
delivery-kind-woken = demande à reprendre
mail-leaves-woken = Part quand une demande reportée est à revoir.
delivery-kind-warning = échéance proche
mail-leaves-warning = Part quand une échéance approche, au moment que l’accord fixe.
delivery-kind-missed = échéance dépassée
mail-leaves-missed = Part à la minute où une échéance est dépassée.
delivery-kind-escalation = escalade
mail-leaves-escalation = Part quand une escalade est demandée, ou quand une échéance dépassée monte à un responsable.
delivery-kind-told = avis prévu par l’accord
mail-wanted = Il nous manque une information pour calculer nos délais : { $label }. Répondez en écrivant sur une ligne « { $label } : … ». Nos délais comptent depuis l’arrivée de votre demande.
mail-wanted-values = Réponses possibles : { $values }.
delivery-kind-satisfaction = avis du client
mail-leaves-satisfaction = Part une fois la demande clôturée, pour demander au client comment il a été aidé.
