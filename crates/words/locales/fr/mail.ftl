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
mail-neutral-ignore = Si vous n’avez rien envoyé, ignorez ce courriel : rien d’autre ne suivra.

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
mail-sign-in-ignore = Il sert une fois et reste valable 15 minutes. Si vous n’avez rien demandé, ignorez ce courriel.

mail-webhook-off-subject = Webhook désactivé : { $url }
mail-webhook-off = Plus rien n’est envoyé à { $url } : rien n’y est arrivé depuis cinq jours, ou l’adresse a répondu qu’elle n’existe plus.
mail-webhook-off-again =
    Rien n’est perdu : réactivé, il reçoit ce qu’il a manqué.
    Voir les envois et le réactiver : { $link }
