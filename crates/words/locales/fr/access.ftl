## Droits : ce qu’une page n’offre pas

portal-reads-only = Vous suivez cette demande en lecture : le responsable de votre compte peut vous donner le droit d’y répondre.
