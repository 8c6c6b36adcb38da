## Pages : ce que les catalogues communs ne disent pas encore

page-find = Chercher une demande
page-find-label = Chercher une demande par numéro, mot ou personne
page-first = Revenir au début
page-pages = Pages
page-help = Besoin d’aide ? Écrivez à
page-to = au
page-times = Tout est indiqué en { $zone }.
page-colon = { " " }:
page-key-send = Ctrl Entrée
page-key-send-what = envoyer
page-keys-off = Couper les raccourcis d’une lettre dans ce navigateur
page-size-bytes = { $value } o
page-size-kilobytes = { $value } ko
page-size-megabytes = { $value } Mo
page-size-gigabytes = { $value } Go
page-failed-more = Votre action n’a pas abouti et rien n’a été perdu. L’erreur est consignée. Réessayez dans un instant.
page-unavailable = Service momentanément indisponible
page-unavailable-more = Les données ne répondent pas. Rien n’a été perdu. Réessayez dans un instant.

## Connexion

gate-how = Nous vous envoyons un lien. Aucun mot de passe à retenir.
gate-send = Recevoir un lien
gate-no-account = Sans compte ? Écrivez à l’adresse de votre prestataire : chaque demande peut se suivre par courriel, du début à la fin.
gate-example-before = Réponse avant{ " " }
gate-example-after = { " " }aujourd’hui, heure de Montréal
gate-example-more = 4 h d’ouverture depuis 11:20. Clause 5.1.
gate-sent-more = Si l’adresse { $address } nous est connue, un lien vient de partir. Il est valable 10 minutes et ne sert qu’une fois.
gate-sent-help = Rien reçu ? Vérifiez l’adresse, puis le courrier indésirable.
gate-enter-more = Le lien de votre courriel ne fait rien par lui-même. Ce bouton ouvre votre session sur cet appareil.
gate-stale = Lien périmé

## File

queue-live =
    { $count ->
        [one] { $count } demande
       *[other] { $count } demandes
    }
queue-ours = { $count } à nous
queue-late =
    { $count ->
        [one] { $count } dépassée
       *[other] { $count } dépassées
    }
queue-sorted = Triées par échéance la plus proche.
queue-taken =
    { $count ->
        [0] Aucune demande prise.
        [one] { $count } demande prise.
       *[other] { $count } demandes prises.
    }
queue-refused =
    { $count ->
        [one] { $count } refusée.
       *[other] { $count } refusées.
    }
queue-tomorrow = Demain
queue-now = Maintenant,
queue-no-clock = aucune échéance
queue-filter-hint = numéro, mot, personne
queue-nothing-found = Aucune demande ne correspond. Essayez avec moins de mots.
queue-to-judge = à juger

## Demande

ticket-received = reçue
ticket-of-target = sur { $target }
ticket-cared-for = { $by } s’en occupe.
ticket-unassigned = Personne ne s’en occupe encore.
ticket-used = consommé : { $used }
ticket-used-of = consommé : { $used } sur { $all }
ticket-no-clock = Aucune échéance.
ticket-judged = Jugée par { $by },
ticket-no-contract = aucun contrat pour cette demande
ticket-deliveries = Courriels partis
delivery-sent = remis
delivery-waiting = en attente d’envoi
delivery-failed = échec
delivery-returned = non distribué
delivery-held = retenu : trop d’envois automatiques à cette adresse, adresse qui refuse, ou dont rien ne montre qu’elle a écrit
act-wait-what-hint = Le client le lit sur sa page.
act-resolve-body-hint = Dites ce qui a été fait, et ce que le client doit faire, même si ce n’est rien.
compose-courtesy = simple politesse, sans réponse technique
compose-draft-kept = Brouillon gardé dans ce navigateur à
thread-file-erased = fichier effacé
why-from-to = { $from } à { $to }
ticket-quoted = { " " }: « { $words } »
reason-quoted = « { $words } ».
days-from = du
days-since = depuis le
clock-before =
    { $count ->
        [one] { $count } autre échéance avant celle-ci
       *[other] { $count } autres échéances avant celle-ci
    }
clock-before-missed = { $count ->
        [one] , dont 1 manquée
       *[other] , dont { $count } manquées
    }
why-set-aside =
    { $count ->
        [one] { $count } autre lecture écartée
       *[other] { $count } autres lectures écartées
    }

## Appel consigné

call-contact = Qui a appelé
call-contact-hint = L’adresse de courriel de la personne ; son contrat s’ensuit.
call-needs-contact = Indiquez l’adresse de courriel de la personne.
call-channel = Par quel moyen
call-time = À quelle heure
call-time-hint = À votre heure. Vide : maintenant. Les échéances partent de cette heure.
call-time-wrong = Indiquez une date et une heure, par exemple 2026-11-24 11:20.
call-time-future = Cette heure n’est pas encore passée. Indiquez celle de l’appel.
call-body = Ce que la personne a dit
call-open = Ouvrir la demande

## Ce qui est arrivé

event-desk = Le service
event-opened = Demande reçue { $channel }.
event-learnt = { $by } classe : { $facts }.
event-coverage-found = Couverture selon le contrat : { $verdict }.
event-coverage-judged = { $by } juge la demande { $verdict }.
event-taken = { $by } prend la demande en charge.
event-assigned = { $by } confie la demande à { $to }.
event-unassigned = { $by } laisse la demande sans responsable.
event-waited = { $by } met la demande en attente : { $party }.
event-resumed = { $by } reprend la demande.
event-passed = { $by } passe la demande à l’éditeur { $vendor }, référence { $reference }.
event-came-back = Retour de l’éditeur : { $result }.
event-resolved = { $by } résout la demande : { $outcome }.
event-confirmed = { $by } confirme que c’est réglé.
event-closed = { $by } clôt la demande.
event-reopened = { $by } rouvre la demande.
event-acknowledged = Accusé de réception envoyé.
event-returned-hard = Un courriel n’a pas été distribué : l’adresse n’existe pas ou refuse.
event-returned-soft = Un courriel n’a pas été distribué.
event-returned-delay = Un courriel tarde à être distribué.
event-suspected = Semble se rattacher à la demande
message-automatic = message automatique
event-wait-began = Compteur en pause : { $label }.
event-wait-ended = Le compteur repart.
event-due-moved = Échéance déplacée ({ $promise }) :
event-retargeted = Nouveau délai ({ $promise }) :
event-warned = Rappel avant l’échéance ({ $promise }) :
event-missed = Échéance manquée ({ $promise }) :
event-climbed = La demande monte à : { $role }.
event-met = Promesse tenue : { $promise }.
event-stopped-not-covered = Plus de délai ({ $promise }) : demande non couverte.
event-stopped-no-longer-applies = Plus de délai ({ $promise }) : cette promesse ne s’applique plus.
fact-is = { $fact } : { $value }
fact-erased = effacé

## Portail

portal-turn-us = C’est à nous
portal-turn-you = C’est à vous
portal-turn-third = C’est à un tiers
portal-turn-nobody = Terminée
portal-asked-by = Demandée par { $by }
portal-find = Chercher dans vos demandes
portal-find-button = Chercher
portal-ended = Cette demande est terminée. Rouvrez-la pour écrire.
portal-not-sent = Ce que vous avez écrit et qui n’est pas parti
portal-stop-confirmed = Réglée
portal-stop-coverage = Couverture décidée
portal-stop-escalation = Escalade
portal-stop-meeting = Rendez-vous proposé
portal-stop-duty = Tâche
portal-stop-reminder = Relance
portal-stop-not-solved = Pas encore réglée
portal-stop-destroyed = Contenus détruits
portal-stop-merge = Regroupement
portal-stop-missed = Échéance manquée
portal-stop-next = { $promise }, au plus tard
new-reckoned = Calculé pour un envoi maintenant,
new-reasons = Pourquoi : conditions et exclusions consultées

## Contrat

agreement-edition = Version { $version }
agreement-version = version { $version }
agreement-adopted = Adoptée
agreement-adopted-by = par { $name }
agreement-in-force-for-you = en vigueur pour vous
agreement-effective = en vigueur depuis
agreement-as-signed = Le texte est celui qui a été signé.

## Démonstration

demo-mail-from = De

## Erreurs et types de problèmes

error-value-unknown = Cette valeur n’est pas possible ici.
error-provider-unknown = Ce prestataire n’est pas le vôtre.
error-agent-unknown = Cette personne ne fait pas partie du service.
error-twice = La même valeur y figure deux fois.
error-cursor = Ce repère de page n’est pas valable. Reprenez la liste au début.
problem-method-not-allowed = Méthode non permise
problem-method-not-allowed-more = Cette adresse n’a pas cette méthode. Le document OpenAPI dit celles qu’elle a.
problem-too-large-more = Le corps dépasse 2 Mio.
problem-needs-consent = Il faut l’accord de quelqu’un
problem-needs-consent-more = Donnez « consent » avec le nom de qui a donné son accord, ou attendez la confirmation du client.
error-contact-unknown = Aucun contact n’a cette adresse.
error-account-unknown = Aucun client n’a cette clé.
error-subject-missing = Écrivez un objet.
error-body-missing = Écrivez un texte.
error-party-unknown = Une demande attend customer, vendor ou third_party.
problem-malformed = Requête illisible
problem-not-signed-in-more = Envoyez un jeton valable dans l’en-tête Authorization, sous la forme « Bearer JETON ».
problem-not-permitted-more = Le jeton, le rôle ou le contrat ne permet pas cette action. Le champ clause dit laquelle, s’il y en a une.
problem-not-found-more = Rien ne porte ce nom, ou ce n’est pas à vous de le voir.
problem-refused-more = La demande n’est pas dans un état qui permet cette action. Relisez-la : le champ state le dit.
problem-conflict-more = La demande a changé depuis la version donnée par If-Match. Relisez-la et recommencez.
problem-invalid-more = Un champ a une valeur qui ne convient pas. Le champ field le nomme.
problem-unknown-value-more = La valeur n’est pas dans le vocabulaire du contrat. Le champ allowed donne celles qui y sont.
problem-missing-more = Un champ obligatoire manque. Le champ field le nomme.
problem-idempotency-more = La même clé a servi pour un autre contenu dans les 24 heures. Prenez une nouvelle clé.
problem-malformed-more = Le corps n’est pas du JSON lisible, ou porte un champ inconnu.
problem-not-ready-more = Les données ne répondent pas pour le moment. Réessayez après le délai donné par Retry-After.
problem-server-more = L’erreur est consignée. Réessayez ; si elle revient, signalez-la.

## Voies

by-channel-portal = par le portail
by-channel-email = par courriel
by-channel-web = par le formulaire
by-channel-phone = par téléphone
by-channel-voicemail = par message vocal
by-channel-api = par un programme
portal-stop-by-channel = { $channel } ({ $person }).
portal-awaited = Nous attendons : { $what }.
thread-earlier =
    { $count ->
        [one] Voir { $count } événement plus ancien
       *[other] Voir les { $count } événements plus anciens
    }

# Le courrier dont quelqu’un doit s’occuper.
nav-mail = Courrier
kept-title = Courrier à regarder
kept-what = Les messages reçus qui ne sont devenus aucune demande, et ceux du service qui ne sont pas arrivés.
kept-letters = Reçus, sans demande
kept-no-letters = Tout ce qui est arrivé est devenu une demande, ou a rejoint la sienne.
kept-undelivered = Envoyés, pas arrivés
kept-no-undelivered = Rien n’est resté en chemin.
kept-why-bounce = Rapport d’un serveur de courrier qui ne nomme aucun message du service.
kept-why-loop = Message du service qui est revenu : y répondre tournerait en rond.
kept-why-channel = L’accord n’ouvre pas de demande par courriel ; l’expéditeur a été prévenu une fois.
kept-why-no-reply = Courriel d’un site que personne ici ne connaît, par exemple pour confirmer une adresse : qui le lit peut agir au nom de cette boîte.
kept-why-terms = L’accord n’en ouvre pas de demande. Celle qui est ouverte d’ici court depuis l’arrivée du message.
kept-why-unreadable = Le message n’a pas pu être lu ; il est gardé tel qu’il est arrivé.
kept-raw = Télécharger tel quel
kept-again = En faire une demande
kept-discard = Jeter
deed-keep_mail = courrier
signature-verified = Signé par { $signer }, vérifié ({ $scheme }).
signature-unverified-by = Signé, non vérifié : aucun certificat connu ne confirme { $signer } ({ $scheme }).
signature-unverified = Signé, non vérifié : aucune clé connue ne le confirme ({ $scheme }).
signature-broken = Signature fausse : le contenu a changé ({ $scheme }).
signature-expired = Signé par { $signer } avec un certificat ou une clé qui ne vaut plus ({ $scheme }).
signature-other = Signé par { $signer }, qui n’est pas l’expéditeur affiché ({ $scheme }).
signature-partial = Signé en partie par { $signer } : le reste du message ne l’est pas ({ $scheme }).
signature-encrypted = Chiffré ({ $scheme }) : le contenu ne peut pas être lu ici ; le message est joint tel quel.
mail-keys = Certificats et clés de confiance
mail-keys-what = Les messages signés en S/MIME ou en OpenPGP sont vérifiés avec ceux-ci. Ce qui a déjà été vérifié reste affiché comme à son arrivée.
mail-keys-none = Aucun : les signatures sont affichées, non vérifiées.
mail-keys-file = Fichier
mail-keys-file-hint = Certificat ou autorité (PEM ou DER), ou clé publique OpenPGP.
mail-keys-address = Adresse
mail-keys-address-hint = À laisser vide pour les adresses que le fichier nomme lui-même.
mail-keys-trust = Faire confiance
mail-keys-authority = Autorité
mail-keys-until = Expire :
mail-keys-remove = Retirer
error-mail-key = Le fichier ne contient ni certificat ni clé utilisable, ou aucun qui nomme une adresse.
error-mail-key-address = Ce n’est pas une adresse.
mail-templates = Courriels envoyés par le service
mail-templates-what = Les messages que le service envoie de lui-même partent avec les mots du produit, ou avec les vôtres. Ce que l’accord prescrit passe avant. Ils partent en texte seul.
mail-templates-own = mots du produit
mail-templates-yours = vos mots
mail-templates-prescribed = L’accord en prescrit les mots, qui passent avant : { $clauses }.
mail-templates-gaps = Variables : { $names }. Ce qui suit la barre est écrit quand rien n’est connu.
mail-templates-subject = Objet du courriel
mail-templates-body = Texte
mail-templates-show = Aperçu
mail-templates-preview = Tel qu’il serait lu
mail-templates-back = Revenir aux mots du produit
mail-templates-earlier = Versions précédentes
mail-sample-subject = L’imprimante ne répond plus
mail-sample-account = Menuiserie Lavoie
mail-sample-requester = Maude Arsenault
mail-sample-text = Pouvez-vous redémarrer l’imprimante et nous dire ce qu’elle affiche ?
mail-sample-turn = C’est à nous : réponse d’ici demain, 9 h 40.
mail-sample-promise = Réponse
mail-sample-due = demain, 9 h 40
mail-sample-state = en cours
mail-sample-left = 3 h 20
mail-sample-clause = clause 3.2
error-letter-unread = Ce message ne peut toujours pas être lu. Téléchargez-le tel quel.
thread-listen = Écouter { $file }
