# Ce qu’un service règle : une page, une porte par sujet.
settings-title = Réglages
settings-none = Vous n’avez rien à régler ici.
settings-people = Qui travaille ici, qui sont les contacts de vos clients, et ce que chacun peut faire.
settings-teams-name = Équipes
settings-teams = Les équipes que vos contrats nomment, et qui en fait partie.
settings-texts = Les réponses que vous écrivez souvent, et les macros qui donnent plusieurs gestes d’un coup.
settings-mail-templates = Les mots dans lesquels partent les courriels que votre service envoie de lui-même.
settings-rules = Ce qui se fait tout seul quand quelque chose arrive ou que du temps passe.
settings-mail = Les courriers qui ne sont devenus aucune demande, et ceux qui ne sont pas arrivés.
settings-webhooks = Les autres programmes à prévenir de ce qui se passe ici.
settings-privacy = Ce que vous détenez sur une personne : le lui remettre, ou l’effacer.
settings-register = Quelles données sont gardées, pourquoi, et combien de temps.
settings-journal = Ce qui a été fait ou refusé, par qui et d’où.
settings-looks = Qui a vu quelle demande, quel fichier ou quel courriel, et quand.
settings-changes = Qui a changé quel réglage, avec ce qu’il disait avant et après.

## Historique des réglages

changes-title = Historique des réglages
changes-what = Qui a changé quel réglage, et ce qu’il disait avant et après.
changes-kind = Réglage
changes-all = Tous
changes-key = Clé
changes-none = Rien n’a été changé.
changes-itself = Le service
changes-made = a créé :
changes-changed = a changé :
changes-removed = a supprimé :
changes-erased = a changé, d’un texte effacé depuis avec une personne :
changes-before = avant :
changes-after = après :
changes-of-this = Tout l’historique de ce réglage
error-setting-kind = Ce réglage n’existe pas. Choisissez-en un de la liste.
setting-kind-adviser = conseiller attitré
setting-kind-assignment = règle d’affectation
setting-kind-directory_let_go = départ signalé par l’annuaire
setting-kind-field = champ
setting-kind-licence = licence
setting-kind-macro = macro
setting-kind-mail_key = certificat ou clé
setting-kind-mail_template = courriel type
setting-kind-named_contacts = contacts désignés
setting-kind-release = version publiée
setting-kind-reply = réponse type
setting-kind-retention = durée de conservation
setting-kind-rule = règle
setting-kind-team_hours = horaires d’équipe
