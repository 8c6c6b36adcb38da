# À qui a été le temps d’une demande.
taken-time = Temps passé :
taken-provider = nous
taken-provider-portal = notre équipe
taken-customer = le client
taken-customer-portal = vous
taken-vendor = l’éditeur
taken-third-party = un tiers
taken-closed = hors horaires
taken-prefilled = Compté depuis que vous regardez la demande, ou que vous l’avez prise. Changez-le au besoin.
taken-rounded = Le contrat arrondit ce temps :
