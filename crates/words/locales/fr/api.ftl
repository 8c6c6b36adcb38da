## Titres des problèmes de l’interface de programmation (RFC 9457)

problem-not-found = Introuvable
problem-not-permitted = Action non permise
problem-not-signed-in = Jeton absent, inconnu ou expiré
problem-invalid = Contenu invalide
problem-unknown-value = Valeur inconnue
problem-missing = Il manque une information
problem-conflict = La demande a changé entre-temps
problem-refused = Action refusée dans l’état présent
problem-idempotency = Clé d’idempotence déjà utilisée pour un autre contenu
problem-too-large = Contenu trop volumineux
problem-too-many = Trop de requêtes
problem-terms = Le contrat ne permet pas de calculer cette demande
problem-unsupported = Format non pris en charge
problem-not-ready = Service pas encore prêt
problem-server = Erreur interne
