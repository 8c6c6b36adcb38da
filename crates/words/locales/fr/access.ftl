## Droits : ce qu’une page n’offre pas

portal-reads-only = Vous suivez cette demande en lecture : le responsable de votre compte peut vous donner le droit d’y répondre.

## Mes accès : séances, mot de passe, second facteur, jetons

account-title = Mes accès
account-once = Il ne sera plus jamais affiché : gardez-le en lieu sûr.
account-stale = Votre connexion date d’il y a plus d’un quart d’heure. Pour changer ce qui suit, connectez-vous de nouveau.
account-again = Me reconnecter
account-end = Mettre fin
account-sessions = Où vous êtes connecté
account-browser-unknown = Navigateur inconnu
account-this = (cette fenêtre)
account-end-others = Mettre fin à toutes les autres
account-done-sessions = Les autres connexions ont pris fin.
account-second = Second facteur
account-second-none = Un code de votre téléphone, en plus du lien ou du mot de passe.
account-second-begin = Installer un second facteur
account-second-how = Saisissez cette clé dans une application de codes, puis donnez le code qu’elle affiche.
account-second-open = Ouvrir dans une application de cet appareil
account-second-confirm = Confirmer
account-second-since = Mise en place : { $at }.
account-second-remove = Retirer le second facteur
account-done-second = Le second facteur est en place.
account-done-second-gone = Le second facteur est retiré.
account-code = Code
account-codes-made = Vos codes de secours
account-codes-how = Chacun remplace une fois le téléphone. Imprimez-les ou notez-les : ils ne seront plus affichés.
account-codes-left =
    { $count ->
        [0] Il ne reste aucun code de secours.
        [one] Il reste { $count } code de secours.
       *[other] Il reste { $count } codes de secours.
    }
account-codes-renew = Faire de nouveaux codes de secours
account-codes-by-passkey = Pour en faire de nouveaux, connectez-vous de nouveau avec une clé d’accès.
account-password = Mot de passe
account-password-set = Vous avez un mot de passe. En changer met fin aux autres connexions.
account-password-none = Vous n’en avez pas : le lien par courriel suffit.
account-password-current = Mot de passe actuel
account-password-end-tokens = Mettre fin aussi aux jetons de mes programmes
account-password-new = Nouveau mot de passe
account-password-hint = Au moins { $count } caractères. Une phrase convient très bien.
account-password-save = Enregistrer le mot de passe
account-done-password = Le mot de passe est enregistré, et les autres connexions ont pris fin.
account-identities = Fournisseurs d’identité
account-identities-what = Chacun d’eux vous ouvre l’accès quand il dit qui vous êtes.
account-identity-remove = Délier
account-done-identity = Le lien est retiré.
account-tokens = Jetons de vos programmes
account-tokens-what = Un jeton agit en votre nom, avec vos droits du moment.
account-token-made = Votre jeton
account-token-unnamed = Sans nom
account-token-writes = Lit et écrit.
account-token-reads = Lit seulement.
account-token-until = Expire : { $at }.
account-token-over = Échu.
account-token-endless = Sans échéance.
account-token-used = Dernière utilisation : { $at }.
account-token-unused = Jamais servi.
account-token-renew = Renouveler
account-token-label = Nom, par exemple le programme qui s’en sert
account-token-days = Valable combien de jours
account-token-write = Peut aussi écrire
account-token-people = Peut aussi lire et changer les personnes et leurs rôles
account-token-keeps-people = Voit et change les personnes.
account-token-make = Créer le jeton
error-code = Ce code ne convient pas. Attendez le suivant, ou prenez un code de secours.
error-session-old = Connectez-vous de nouveau pour changer cela : la page de votre compte le propose.
error-password-current = Ce n’est pas votre mot de passe actuel. Si vous l’avez oublié, connectez-vous par un lien et choisissez-en un autre.
error-password-short = Ce mot de passe est trop court.
error-password-long = Ce mot de passe est trop long : mille octets au plus.
error-password-common = Ce mot de passe est connu ou se devine : une suite, une répétition, une liste publiée.
error-password-own = Ce mot de passe tient surtout à votre nom ou à votre adresse.
error-token-label = Donnez un nom au jeton.
error-token-scopes = Un jeton sans droit ne sert à rien.
error-token-days = Indiquez de 1 à 365 jours.

## Autres façons d’entrer

sign-in-by-password = J’ai un mot de passe
sign-in-error-password = Cette adresse et ce mot de passe ne vont pas ensemble. Sans mot de passe, laissez le champ vide : vous recevrez un lien.
sign-in-with-password = Se connecter avec le mot de passe
second-title = Second facteur
second-how = Saisissez le code de votre application, ou l’un de vos codes de secours.
second-set-up = Installer votre second facteur
second-why = Ce service contient les données d’autrui : il demande un second facteur à qui y travaille.
second-send = Continuer
second-go-on = Les codes sont en lieu sûr, continuer

## Première mise en service

set-up-title = Première mise en service
set-up-how = Nommez la personne qui administre. Cette page ne sert qu’une fois.
set-up-no-provider = Aucun prestataire n’est encore défini : indiquez un fichier sous « load » dans la configuration, puis redémarrez.
set-up-provider = Prestataire
set-up-name = Nom
set-up-name-missing = Indiquez le nom de la personne.
set-up-send = Nommer et entrer
problem-too-many-more = Trop de tentatives en peu de temps. Réessayez plus tard.

## Journal

nav-journal = Journal
journal-title = Journal
journal-export = Exporter
journal-what = Ce que chacun a changé, et ce qui a été refusé, avec le réseau d’où la demande venait.
journal-empty = Rien encore.
journal-nobody = Inconnu
journal-done = a fait :
journal-refused = s’est vu refuser :
journal-failed = n’a pas pu :
deed-sign_in = connexion
deed-enter = page d’accès
deed-watch = état du service
deed-play_demonstration = démonstration
deed-keep_own_keys = ses propres accès
deed-follow_changes = suivi en direct
deed-use_workspace = espace des agents
deed-use_portal = portail
deed-read_requests = lecture de demandes
deed-read_agreements = lecture de contrats
deed-open_for_others = demande ouverte pour un client
deed-open = ouverture d’une demande
deed-reply = réponse
deed-note = note interne
deed-assign = attribution
deed-set_severity = gravité
deed-classify = classement
deed-judge_coverage = jugement de la couverture
deed-wait = mise en attente ou reprise
deed-pass_to_vendor = passage à l’éditeur ou retour
deed-resolve = résolution
deed-confirm = confirmation de la résolution
deed-close = clôture
deed-reopen = réouverture
deed-keep_people = personnes et rôles
deed-read_audit = lecture du journal
deed-keep_privacy = données personnelles
deed-outlived = destruction au terme de la conservation
deed-account_destroyed = destruction d’un client

## Fournisseurs d’identité

openid-way = Se connecter avec { $label }
openid-go-on = Continuer vers { $label }
openid-refused = Cette connexion n’a pas abouti
openid-refused-more = Le fournisseur d’identité n’a pas pu confirmer qu’une personne connue ici est là. Recommencez, ou entrez par un autre moyen. Si cela se répète, écrivez à votre administrateur.

## Clés d’accès

passkey-enter = Se connecter avec une clé d’accès
passkey-prove = Montrer ma clé d’accès
passkey-failed = Cela n’a pas abouti. Recommencez, ou entrez par un autre moyen.
passkey-script = Une clé d’accès demande que les scripts de ce site soient permis.
passkey-refused = Cette clé d’accès n’a pas pu être vérifiée. Recommencez, ou entrez par un autre moyen.
second-how-passkey = Montrez votre clé d’accès.
account-passkeys = Clés d’accès
account-passkeys-what = Votre téléphone, votre ordinateur ou une clé de sécurité, déverrouillés par vous. Une clé d’accès suffit pour entrer, sans adresse ni code, et ne sert que sur ce site.
account-passkey-unused = Jamais servie.
account-passkey-label = Nom, par exemple l’appareil
account-passkey-make = Ajouter une clé d’accès
account-passkey-remove = Retirer
account-done-passkey = La clé d’accès est en place.
account-done-passkey-gone = La clé d’accès est retirée.
error-passkey = Cette clé d’accès n’a pas pu être vérifiée. Recommencez.
error-passkeys-many = Vingt clés d’accès suffisent : retirez-en une.
