## Personnes

nav-people = Personnes
people-title = Personnes
people-what = Qui travaille ici, et qui demande pour chaque client. Un changement vaut aussitôt, partout.
people-find = Chercher un nom, une adresse ou un client
people-find-button = Chercher
people-everybody = Toutes
people-staff = Prestataire
people-contacts = Clients
people-gone = Sans accès
people-sides = Quelles personnes
people-none = Personne ne correspond.
people-new = Ajouter une personne
people-make = Ajouter
people-name = Nom
people-email = Courriel
people-role = Rôle
people-role-agent = Agent
people-role-lead = Responsable d’équipe
people-role-manager = Responsable
people-role-admin = Administrateur
people-role-contact = Contact d’un client
people-language = Langue
people-language-fr = Français
people-language-en = English
people-zone = Fuseau horaire
people-zone-hint = Par exemple America/Montreal. Vide, les heures sont celles du contrat.
people-accounts = Clients pour qui cette personne demande
people-accounts-hint = Le premier est le sien. Un revendeur en a plusieurs.
people-account = Client
people-account-none = Aucun
people-account-role = Rôle chez ce client
people-account-reader = Lit
people-account-requester = Demande
people-account-manager = Demande et dit qui peut demander
people-teams = Équipes
people-save = Enregistrer
people-done = C’est enregistré.
people-invited = L’invitation est partie. Elle vaut une fois, pendant sept jours.
people-is-gone = N’a plus d’accès.
people-access = Accès
people-second-yes = Un second facteur est en place.
people-second-no = Pas de second facteur.
people-sessions =
    { $count ->
        [0] Aucune connexion en cours.
        [one] { $count } connexion en cours.
       *[other] { $count } connexions en cours.
    }
people-tokens =
    { $count ->
        [0] Aucun jeton.
        [one] { $count } jeton.
       *[other] { $count } jetons.
    }
people-invite = Envoyer une invitation
people-end-sessions = Mettre fin aux connexions
people-reset-second = Retirer le second facteur
people-let-go = Retirer l’accès
people-let-go-more = Connexions, liens et jetons prennent fin aussitôt. Le nom reste sur ce que la personne a fait.
people-take-back = Rendre l’accès
people-self = C’est vous : un autre administrateur change votre rôle et votre accès.
people-rights = Qui peut faire quoi (CSV)
teams-title = Équipes
teams-what = Qui travaille ensemble. Les membres se choisissent sur la page de chaque personne.
teams-new = Nouvelle équipe
teams-key = Nom court, pour les programmes
teams-key-hint = Lettres minuscules, chiffres et traits d’union. Il ne change plus.
teams-name = Nom
teams-make = Ajouter l’équipe
teams-rename = Renommer
teams-nobody = Personne.
account-people-nav = Vos collègues
account-people-title = Qui peut demander
account-people-what = Les personnes de votre organisation qui lisent vos demandes ou en font.
account-people-invite = Inviter une personne
account-people-send = Envoyer l’invitation
account-people-sent = Si cette adresse peut recevoir une invitation, elle est partie. La personne apparaît ici, puis elle a accès quand elle suit le lien.
account-people-waiting = (invitée, pas encore venue)
account-people-you = (vous)
account-people-role = Changer le rôle
account-people-remove = Retirer
account-people-removed = C’est fait.
portal-which-account = Pour quel client
portal-account-of-list = Client
error-address-taken = Une autre personne a déjà cette adresse.
error-role-side = Un contact ne devient pas agent, ni l’inverse : ajoutez une autre personne.
error-role-unknown = Choisissez un rôle de la liste.
error-last-administrator = Il faut au moins un administrateur.
error-accounts-missing = Un contact demande pour au moins un client.
error-accounts-of-staff = Les personnes du prestataire n’ont pas de rôle chez un client.
error-team-unknown = Cette équipe n’existe pas, ou la personne n’est pas du prestataire.
error-team-key = Ce nom court ne convient pas : lettres minuscules, chiffres et traits d’union, quarante au plus.
error-team-key-taken = Une équipe a déjà ce nom court.
error-team-name = Donnez un nom à l’équipe.
error-person-changed = Quelqu’un d’autre a changé la même chose depuis que vous avez ouvert cette page ; elle dit maintenant : { $now }. Ce que vous avez écrit est gardé : comparez, puis enregistrez de nouveau.
error-person-left = Cette personne n’a plus d’accès : rendez-le-lui d’abord.
error-language = Choisissez une langue de la liste.
error-zone = Ce fuseau horaire n’est pas connu.
deed-keep_account_people = personnes d’un client
deed-provision = annuaire
deed-person_made = personne ajoutée
deed-person_changed = personne changée
deed-person_invited = invitation envoyée
deed-second_factor_reset = second facteur retiré à quelqu’un
deed-sessions_ended = connexions de quelqu’un arrêtées
deed-team_changed = équipe changée

## Courriels d’invitation

mail-invitation-subject = Votre accès à { $provider }
mail-invitation-what = { $provider } vous ouvre un accès, pour demander de l’aide et suivre les réponses.
mail-invitation-link =
    Ouvrez ce lien, puis confirmez :
    { $link }
mail-invitation-ignore = Il sert une fois et reste valable 7 jours. Si vous n’attendiez rien, ignorez ce courriel.

## Courriels sur les accès

people-identities = Fournisseurs d’identité
people-identity-remove = Délier
mail-key-subject = Vos accès à { $provider }
mail-key-password = Votre mot de passe vient d’être changé.
mail-key-second = Un second facteur vient d’être installé pour vous.
mail-key-second-gone = Votre second facteur vient d’être retiré.
mail-key-codes = De nouveaux codes de secours viennent d’être faits pour vous.
mail-key-passkey = Une clé d’accès vient d’être ajoutée aux vôtres.
mail-key-passkey-gone = Une de vos clés d’accès vient d’être retirée.
mail-key-token = Un jeton de programme vient d’être créé en votre nom.
mail-key-address = L’adresse de votre compte vient d’être changée.
mail-key-browser = Vous venez de vous connecter depuis un navigateur que vous n’aviez pas encore utilisé.
mail-key-identity = Vous venez d’entrer pour la première fois par un fournisseur d’identité. Il vous ouvre désormais l’accès.
mail-key-identity-gone = Un lien vers un fournisseur d’identité vient d’être retiré de votre compte.
mail-key-after-wrong = Votre mot de passe vient d’être donné, après beaucoup d’essais faux aujourd’hui. Si ce n’était pas vous, changez-le.
mail-key-password-alone = Votre mot de passe a été donné plusieurs fois aujourd’hui, et jamais votre second facteur. Si ce n’était pas vous, quelqu’un connaît votre mot de passe : changez-le.
mail-key-link =
    Si c’est bien vous, il n’y a rien à faire. Sinon, mettez fin aux connexions inconnues et prévenez votre administrateur :
    { $link }
