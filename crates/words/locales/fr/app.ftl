## Partout : en-tête, navigation, pied de page

app-help = Assistance
app-skip = Aller au contenu
app-title = { $page } : { $place }
app-title-error = Erreur : { $page }
app-sign-out = Se déconnecter
nav-main = Principale
nav-queue = File
nav-contracts = Contrats
nav-requests = Demandes
nav-contract = Contrat
nav-new-request = Nouvelle demande
footer-label = Pied de page
language-fr = français
language-en = anglais
button-save = Enregistrer
list-more = Voir la suite
errors-title = Il y a un problème
value-yes = oui
value-no = non
value-unspecified = je ne sais pas

## Connexion

sign-in-title = Se connecter
sign-in-address = Adresse de courriel
sign-in-address-hint = Celle où vous recevez nos réponses.
sign-in-way = Notre façon de faire
sign-in-way-text = Chaque échéance cite la clause qui la fonde.
sign-in-example = Exemple
sign-in-sent-title = Consultez vos courriels
sign-in-code = Code à six chiffres
sign-in-code-hint = Il figure dans le courriel que vous venez de recevoir.
sign-in-code-send = Se connecter avec le code
sign-in-again = Demander un autre lien
sign-in-confirm-title = Confirmer la connexion
sign-in-confirm-button = Se connecter
sign-in-error-address = Indiquez une adresse de courriel, par exemple nom@organisation.example.
sign-in-error-code = Ce code ne convient pas ou n’est plus valable. Demandez un autre lien.
sign-in-error-link = Ce lien a déjà servi ou n’est plus valable. Demandez un autre lien.

## Vues de la file

view-label = Vues enregistrées
view-team = File de l’équipe
view-mine = À moi
view-unassigned = Sans responsable
view-missed = Échéances manquées
view-snoozed = Reportées
view-waiting = En attente
view-all = Toutes

## File des agents

queue-title = { $view } ({ $count })
queue-filter-label = Filtrer la vue
queue-filter = Filtrer
queue-filter-clear = Tout montrer
queue-caption = Demandes de la file, de l’échéance la plus proche à la plus lointaine
queue-head-select = Choisir
queue-head-deadline = Échéance
queue-head-left = Reste ouvré
queue-head-promise = Promesse
queue-head-turn = Tour
queue-head-number = Numéro
queue-head-request = Demande
queue-head-customer = Client et contrat
queue-head-care = Suivi, âge
queue-select = Choisir { $number }
queue-group-late = Dépassées
queue-group-late-note = restent en tête jusqu’à la réponse
queue-group-later = Plus tard
queue-group-paused = En pause
queue-group-paused-note = le compteur est arrêté ; le reste dit ce qu’il restera
queue-missed-mark = échéance manquée
queue-empty = Aucune demande dans cette vue.
queue-act-on-selection = Agir sur la sélection

## Demande, côté agent

request-promise-label = À qui le tour
request-actions-label = Agir sur la demande
request-thread = Fil de la demande
request-by-channel = par { $channel }
request-answer-to = réponse à { $person }
request-technical-answer-to = réponse technique à { $person }
request-note-by = Note interne ({ $person })
request-note-audience = équipe seulement
request-earlier = Messages plus anciens

letter-show = Voir la mise en forme
letter-title = Message dans sa mise en forme d’origine
letter-alone = Ouvrir seul, dans un nouvel onglet
letter-images-elsewhere =
    { $count ->
        [one] Une image conservée ailleurs n’a pas été chargée : elle dirait à l’expéditeur quand vous lisez.
       *[other] { $count } images conservées ailleurs n’ont pas été chargées : elles diraient à l’expéditeur quand vous lisez.
    }
letter-image-elsewhere = image distante, non chargée
letter-image-absent = image non affichée ici
request-message-deleted = Le contenu de ce message a été effacé.
request-context = Contexte de la demande
request-deadlines = Échéances
request-coverage = Couverture
request-facts = Faits
request-contract = Contrat
request-agreement = Accord
request-period = Période
request-contact = Personne-ressource
request-contact-time = Heure locale
request-contact-time-in = { $time } à { $city }
request-contact-language = Langue
request-contact-address = Adresse
request-unknown-contact = Adresse inconnue de nos contrats
request-no-figure = sans chiffre
reply-heading = Répondre à { $person }
reply-recipients = À { $to }.
reply-body = Réponse au client
reply-turn = Ensuite, le tour est
reply-turn-us = à nous
reply-turn-customer = au client
reply-turn-vendor = à l’éditeur
reply-files = Joindre des fichiers
reply-send = Envoyer à { $person }
reply-stopped = Un message est arrivé pendant que vous écriviez. Lisez-le, puis envoyez de nouveau.
note-heading = Note interne
note-audience = équipe seulement, ne part jamais
note-save = Enregistrer la note

## Actions

command-take-up = Prendre
command-assign = Attribuer
command-assign-person = À qui
command-assign-team = À quelle équipe
command-assign-nobody = Personne
command-classify = Classer
command-judge-coverage = Juger la couverture
command-judge-coverage-verdict = Votre décision
command-judge-coverage-reason = Pourquoi
command-judge-coverage-reason-hint = Cette raison reste dans l’historique de la demande.
command-wait = Mettre en attente
command-wait-for = Qui attendons-nous
command-wait-reason = Ce que nous attendons
command-resume = Reprendre
command-pass-to-vendor = Passer à l’éditeur
command-pass-to-vendor-vendor = Éditeur
command-pass-to-vendor-reference = Référence chez l’éditeur
command-back-from-vendor = Retour de l’éditeur
command-back-from-vendor-result = Ce que l’éditeur rend
command-back-from-vendor-fix = un correctif
command-back-from-vendor-answer = une réponse
command-back-from-vendor-none = rien
command-log-call = Consigner un appel
command-resolve = Résoudre
command-resolve-outcome = Issue
command-resolve-body = Ce que vous écrivez au client
command-close = Clôturer
command-close-reason = Pourquoi
command-reopen = Rouvrir
outcome-solved = résolue
outcome-fixed = corrigée
outcome-answered = réponse donnée
outcome-workaround = contournement donné
outcome-no-fault = aucune défaillance
outcome-not-reproducible = non reproductible
outcome-duplicate = déjà signalée
outcome-withdrawn = retirée par le client
outcome-not-covered = non couverte
outcome-vendor = corrigée par l’éditeur

## États et tours

clock-state-paused = en pause
clock-state-met = tenue
clock-state-missed = manquée
clock-state-stopped = plus rien n’est dû
turn-short-provider = À nous
turn-short-customer = Client
turn-short-third_party = Tiers
turn-short-nobody = Personne
role-note-technical = contact technique

## Portail : liste des demandes

portal-list-title = Vos demandes
portal-list-open =
    { $count ->
        [0] Aucune demande en cours.
        [one] { $count } demande en cours.
       *[other] { $count } demandes en cours.
    }
portal-list-filter-open = En cours
portal-list-filter-all = Toutes
portal-list-empty = Vous n’avez pas encore de demande.

## Portail : une demande

portal-request-number = Demande { $number }
portal-request-your-time = Soit { $time } chez vous, à { $city }.
portal-request-cared-for = { $person } s’en occupe ; vous n’avez rien à faire.
portal-request-not-yet-cared-for = Elle n’a pas encore de responsable ; vous n’avez rien à faire.
portal-request-cared-for-your-turn = { $person } attend votre réponse.
portal-request-why = Pourquoi cette échéance ?
portal-request-add-message = Ajouter un message
portal-request-add-file = Joindre un fichier
portal-request-settled = C’est réglé
portal-request-timeline = Où en est votre demande
portal-request-step-received = Reçue
portal-request-step-taken-up = Prise en charge
portal-request-step-taken-up-by = Par { $person }.
portal-request-step-first-response = Première réponse technique
portal-request-step-in-progress = En cours
portal-request-step-waiting-for-you = En attente de vous
portal-request-step-waiting-for-third-party = En attente d’un tiers
portal-request-step-resolved = Résolue
portal-request-step-closed = Clôturée
portal-request-step-reopened = Rouverte
portal-request-step-declined = Refusée
portal-request-thread = Échanges
portal-request-you = Vous
portal-request-message = Votre message
portal-request-message-hint = Vous pouvez aussi répondre à nos courriels : tout arrive ici.
portal-request-send = Envoyer le message
portal-request-side = Échéances, fichiers et actions
portal-request-file-list = Fichiers
portal-request-error-message = Écrivez votre message avant de l’envoyer.

## Portail : nouvelle demande, en deux étapes

portal-new-steps = Étapes de la nouvelle demande
portal-new-step-describe = Que se passe-t-il ?
portal-new-step-check = Vérifier et envoyer
portal-new-subject = Objet
portal-new-subject-hint = Une phrase, par exemple « Page blanche après la connexion ».
portal-new-body = Description
portal-new-body-hint = Ce que vous faisiez, ce que vous voyez, depuis quand, et qui est touché.
portal-new-files = Joindre des fichiers
portal-new-continue = Continuer
portal-new-promises = Ce que votre contrat vous promet
portal-new-no-promise = Votre contrat ne donne pas de délai garanti pour cette demande.
portal-new-not-covered = D’après vos réponses, le contrat ne couvre pas cette demande. Vous pouvez l’envoyer : une personne la lira.
portal-new-needs-judgement = D’après vos réponses, une personne doit d’abord juger si le contrat couvre cette demande.
portal-new-covered = D’après vos réponses, le contrat couvre cette demande.
portal-new-yours = Votre demande
portal-new-change = Modifier
portal-new-send = Envoyer la demande
portal-new-error-subject = Donnez un objet à la demande.
portal-new-error-body = Décrivez ce qui se passe.

## Portail : le contrat

portal-agreement-contents = Sommaire
portal-agreement-none = Aucun contrat en vigueur.

## Courriels partis (démonstration)

outbox-title = Courriels partis
outbox-intro = Ce que la démonstration aurait envoyé. Rien ne quitte cette machine.
outbox-head-when = Parti
outbox-head-to = À
outbox-empty = Aucun courriel n’est encore parti.

## Pages d’erreur et refus

error-not-found-title = Page introuvable
error-not-found = Cette page n’existe pas, ou n’est pas à vous. Vérifiez l’adresse, ou revenez à vos demandes.
error-not-permitted-title = Action non permise
error-not-done-title = Cela n’a pas abouti
error-form-too-large = Ce que vous avez envoyé est trop volumineux, et rien n’en a été pris. Un texte compte au plus { $text } Mio, un formulaire { $form } Mio, et { $files } Mio là où il prend des fichiers, { $count } fichiers au plus.
error-form-unread = Ce formulaire n’a pas pu être lu, et rien n’en a été pris. Revenez à la page précédente et envoyez-le de nouveau.
error-not-permitted = Votre rôle ne permet pas cette action.
error-not-permitted-by = Votre rôle ne permet pas cette action ({ $clause }).
error-conflict-title = La demande a changé
error-conflict = Quelqu’un a modifié la demande pendant que vous écriviez. Votre texte est gardé : relisez, puis envoyez de nouveau.
error-server-title = Erreur de notre côté
error-server = Votre action n’a pas abouti et rien n’a été perdu. Réessayez dans un instant. Si l’erreur revient, donnez-nous ce repère : { $reference }.
error-too-large-title = Envoi trop volumineux
error-too-large = L’envoi dépasse { $size } Mo. Joignez moins de fichiers, ou des fichiers plus petits.
error-expired-title = Page périmée
error-expired = Cette page est restée ouverte trop longtemps. Rechargez-la et recommencez : votre brouillon est gardé.
error-too-many-title = Trop d’essais
error-too-many = Attendez quelques minutes avant de réessayer.
error-back = Revenir
error-home = Revenir à l’accueil
refusal-not-permitted = Cette action n’est pas permise ici.
refusal-not-permitted-by = Cette action n’est pas permise ici ({ $clause }).
refusal-not-open = La demande n’est plus ouverte. Rouvrez-la d’abord.
refusal-already-open = La demande est déjà ouverte.
refusal-not-waiting = La demande n’attend personne.
refusal-needs = Il manque : { $what }.
refusal-unknown-value = « { $value } » n’est pas une valeur possible. Choisissez parmi : { $allowed }.
refusal-impossible-value = « { $value } » n’est pas une valeur possible de « { $fact } ».
refusal-no-value = Aucune valeur n’est possible ici pour « { $fact } ».
refusal-empty = Écrivez un texte avant d’envoyer.
refusal-terms = Le contrat ne permet pas ce calcul : { $text }.

## Accès au clavier

keys-title = Raccourcis
keys-go = aller
keys-open = ouvrir
keys-reply = répondre
keys-note = note
keys-search = chercher
keys-help = tout voir

# A request whose letter had no subject.
no-subject = (sans objet)
