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
