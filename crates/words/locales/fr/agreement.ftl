## Une entente en mots simples, et la page qui en est tissée

agreement-version = Version { $version }, en vigueur à partir du { $date }
agreement-contents = Sommaire
agreement-clause = Clause { $number }
agreement-by-clause = clause { $number }

agreement-hours = Heures
agreement-hours-week = Semaine du { $date }
agreement-closed = fermé
agreement-closed-for = fermé : { $name }
agreement-promises = Ce qui est promis
agreement-promises-none = Rien n’est promis pour une heure fixe.
agreement-coverage = Ce qui est couvert
agreement-coverage-lead = Une demande est couverte quand tout ceci est vrai :
agreement-exclusions = Ce qui est exclu
agreement-products = Logiciels
agreement-interpretations = Comment le texte se comprend
agreement-alternative = Écarté : { $text }
agreement-information = Ce qui ne fait qu’informer
agreement-exception = sauf si { $condition }
agreement-also-when = aussi quand { $condition }
agreement-offer = proposé par : { $role }
agreement-permissions = Qui peut faire quoi
agreement-statistic = { $label } : { $claimed } selon le prestataire, jamais une cible

agreement-rule = Règle
agreement-says = Ce qu’elle dit
agreement-rules-caption = Règles de la clause { $number }
agreement-example = Exemple calculé
agreement-example-caption = Exemple calculé : { $title }
agreement-example-when = Quand
agreement-example-what = Ce qui se passe
agreement-example-looked-at = Ce qu’on lit
agreement-example-expected = Annoncé
agreement-example-found = Calculé
agreement-interpretation = Interprétation en vigueur
agreement-example-alternative = avec { $name } lu comme « { $alternative } »
agreement-given = Étant donné

agreement-column-promise = Engagement
agreement-column-target = Délai
agreement-column-hours = Compté en
agreement-column-strength = Force
agreement-column-clause = Clause

agreement-elapsed = temps réel, jour et nuit
agreement-no-figure = sans délai chiffré
agreement-otherwise = sinon { $value }
agreement-by-value = { $value } pour { $fact } { $key }
agreement-from-fact = selon { $fact }
agreement-from-until = Court depuis { $start } jusqu’à { $stop }.
agreement-only-when = Seulement si { $condition }.
agreement-not-when = Pas si { $condition }.
agreement-paused = Ne court pas { $pauses }.
agreement-warned = Prévenus quand il reste { $left } : { $roles }.
agreement-missed = Prévenus en cas de dépassement : { $roles }.
agreement-any-case = dans tous les cas

agreement-condition-yes = { $fact } : oui
agreement-condition-no = { $fact } : non
agreement-condition-is = { $fact } : { $values }
agreement-condition-is-not = { $fact } autre que { $values }
agreement-condition-listed = { $fact } parmi { $list }
agreement-condition-behind =
    { $count ->
        [0] la version en cours
        [one] la version en cours ou la précédente
       *[other] la version en cours ou l’une des { $count } précédentes
    }
agreement-condition-known = { $fact } connu
agreement-condition-unknown = { $fact } inconnu
agreement-condition-during = { $fact } pendant { $calendar }
agreement-condition-at-least = { $fact } d’au moins { $value }
agreement-condition-above = { $fact } de plus de { $value }
agreement-condition-at-most = { $fact } d’au plus { $value }
agreement-condition-below = { $fact } de moins de { $value }
agreement-condition-not = non : { $condition }
agreement-and = { " et " }
agreement-or = { " ou " }

agreement-fact-asked = Demandé à { $from }.
agreement-fact-presumed = Présumé : { $value }.
agreement-fact-values = Au choix : { $values }.
agreement-yes = oui
agreement-no = non
agreement-from-contract = l’entente du client
agreement-from-customer = l’auteur de la demande
agreement-from-agent = l’agent
agreement-from-system = la machine
agreement-parameter = Rempli pour chaque contrat.
agreement-parameter-provider = Rempli par le prestataire.
agreement-parameter-default = Rempli pour chaque contrat ; à défaut { $value }.
agreement-holidays = Jours fériés : { $names }.
agreement-entries = { $entries }
agreement-entries-included = Tous les { $list }, et : { $entries }
agreement-family = { $title } ({ $members })
agreement-family-beginning = { $title } (tout titre commençant par { $members })
agreement-limited = { $title } (à juger, sauf { $condition })
agreement-permission = Permis : { $who }.
agreement-permission-to = Permis : { $who } ; vers : { $to }.
agreement-permission-needs = Il faut donner : { $needs }.
agreement-permission-reason = Un motif est donné et gardé.
agreement-channel = Voie d’accès : { $name }
agreement-channel-automatically = le dossier s’ouvre de lui-même
agreement-channel-by-agent = un agent ouvre le dossier
agreement-channel-never = aucun dossier ne s’ouvre ; l’expéditeur apprend où s’adresser
agreement-channel-recommended = recommandée
agreement-notice = Prévenus : { $roles }, après { $event }
agreement-notice-name = Avis
agreement-task = Revient à : { $who }.
agreement-task-take-over = Peut s’en charger : { $who }.
agreement-task-refusal = Un refus n’est pas une faute.
agreement-task-needs-one = L’un de ceux-ci est donné : { $needs }.
agreement-data = Données
agreement-data-destroyed = Détruit après { $event } : { $what }. Gardé : { $keep }.
agreement-queue = Ordre de la file
agreement-queue-order = { $order } ; passer devant demande un motif, qui est noté.
agreement-order-arrival = ordre d’arrivée
agreement-order-deadline = échéance la plus proche
agreement-order-severity = gravité
agreement-order-money = argent en jeu
agreement-role-own-queue = Équipe avec sa propre file.
agreement-role = Équipe.

agreement-act-open = Ouvrir une demande
agreement-act-close = Fermer un dossier
agreement-act-reply = Répondre
agreement-act-assign = Confier un dossier
agreement-act-set_severity = Fixer la gravité

event-received = la réception de la demande
event-opened = l’ouverture du dossier
event-acknowledged = l’accusé de réception
event-replied = une réponse
event-answered = la réponse d’une personne
event-called_back = le rappel
event-taken_up = la prise en charge
event-assigned = l’attribution
event-classified = le classement
event-waiting = le début d’une attente
event-resumed = la fin d’une attente
event-updated = un point d’avancement
event-workaround_given = la solution de contournement
event-resolved = la résolution
event-confirmed = la confirmation
event-closed = la fermeture
event-reopened = la réouverture
event-escalated = une escalade
event-handed_over = la transmission
event-passed_to_vendor = la transmission à l’éditeur
event-back_from_vendor = le retour de l’éditeur

deed-received = demande reçue
deed-acknowledge = accusé de réception envoyé
deed-reply = réponse
deed-reply-technical = réponse d’une personne
deed-set-severity = gravité fixée
deed-pass-to-vendor = confiée à l’éditeur
deed-back-from-vendor = rendue par l’éditeur
deed-wait = début d’une attente
deed-resume = fin de l’attente
deed-resolve = résolue
deed-close = fermée
deed-classify = classée
deed-take-up = prise en charge
deed-update = point donné

agreement-kept-attachments = fichiers joints
agreement-kept-captures = captures d’écran
agreement-kept-conversation = la conversation
agreement-kept-certificate = un certificat de destruction
