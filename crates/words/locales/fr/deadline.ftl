## Échéances : ce qui se lit d’un instant et de l’état d’un compteur.

# $instant est l’instant tel qu’il est dit ; $zone est vide, ou « , heure de Montréal ».
due-before = avant { $instant }{ $zone }
due-before-date = avant le { $instant }{ $zone }

when-today-ahead = { $time } aujourd’hui
when-today = aujourd’hui { $time }
when-today-brief = { $time }
when-tomorrow = demain { $time }
when-weekday = { $weekday } { $time }
when-date-ahead = { $weekday } { $day } { $month } à { $time }
when-date-with-year-ahead = { $weekday } { $day } { $month } { $year } à { $time }
when-date-in-sentence = le { $day } { $month } { $time }
when-date-with-year-in-sentence = le { $day } { $month } { $year } { $time }
when-date = { $day } { $month } { $time }
when-date-with-year = { $day } { $month } { $year } { $time }
date = { $weekday } { $day } { $month }
date-with-year = { $weekday } { $day } { $month } { $year }
day-in-table = { $weekday } { $day }
day-first = 1er

with-offset = { $time } ({ $offset })
with-zone = , { $zone }
zone-time = heure de { $city }
zone-time-before-vowel = heure d’{ $city }

due-met = { $done } { $instant }{ $zone }
due-met-before = { $done } { $instant }{ $zone }, { $duration } avant l’échéance
due-missed-met-binding = échéance manquée : { $done } { $instant }{ $zone }, { $duration } après l’échéance
due-missed-met-objective = objectif manqué : { $done } { $instant }{ $zone }, { $duration } après l’objectif
due-missed-met-estimate = estimation dépassée : { $done } { $instant }{ $zone }, { $duration } après l’estimation

due-late-binding = échéance dépassée depuis { $duration } ({ $instant }{ $zone })
due-late-objective = objectif dépassé depuis { $duration } ({ $instant }{ $zone })
due-late-estimate = estimation dépassée depuis { $duration } ({ $instant }{ $zone })
due-late-since-binding = échéance dépassée depuis { $instant }{ $zone }
due-late-since-objective = objectif dépassé depuis { $instant }{ $zone }
due-late-since-estimate = estimation dépassée depuis { $instant }{ $zone }
due-late-row = dépassée depuis { $duration } ({ $instant }{ $zone })
due-late-row-since = dépassée depuis { $instant }{ $zone }

due-missed-binding = échéance manquée
due-missed-objective = objectif manqué
due-missed-estimate = estimation dépassée

due-paused = en pause depuis { $instant }{ $zone } : { $why }
due-paused-left = en pause depuis { $instant }{ $zone } : { $why } ; il restera { $duration } d’ouverture
due-paused-left-elapsed = en pause depuis { $instant }{ $zone } : { $why } ; il restera { $duration }
due-paused-row = en pause depuis { $instant }{ $zone }
waiting-for-customer = nous attendons une réponse du client
waiting-for-vendor = nous attendons l’éditeur
waiting-for-third-party = nous attendons un tiers
waiting-also-for = { $told }, et en même temps : { $party }

due-none = pas de délai garanti pour cette demande
due-none-best-effort = meilleur effort, pas de délai garanti pour cette demande
due-none-brief = pas de délai garanti
due-stopped-not-covered = plus rien n’est dû : la demande n’est pas couverte
due-stopped-no-longer-applies = plus rien n’est dû : la promesse ne s’applique plus
due-stopped-automatic = plus rien n’est dû : le message est automatique
due-stopped-merged = plus rien n’est dû ici : la demande se poursuit dans une autre
due-stopped-closed = plus rien n’est dû : la demande est clôturée

due-opening-time = { $duration } d’ouverture
due-left = reste { $duration } d’ouverture
due-left-elapsed = reste { $duration }

done-acknowledgement = accusé de réception envoyé
done-response = répondu
done-take_up = pris en charge
done-callback = rappelé
done-resolution = résolu
done-update = nouvelles envoyées
done-other = tenu

## Promesses

promise-acknowledgement = Accusé de réception
promise-response = Réponse
promise-take_up = Prise en charge
promise-callback = Rappel
promise-resolution = Résolution
promise-update = Nouvelles

strength-binding = ferme
strength-objective = objectif
strength-estimate = estimation
strength-best-effort = meilleur effort
strength-without-figure = sans délai chiffré

## Durées et délais

duration-minutes = { $minutes } min
duration-hours = { $hours } h
duration-hours-minutes = { $hours } h { $minutes }
duration-days = { $days } j
duration-days-hours = { $days } j { $hours } h
duration-under-a-minute = moins de 1 min

span-none = pas de délai
span-unstated = sans délai chiffré
span-immediately = aussitôt
span-of = { $count } { $unit }
span-range = de { $least } à { $most } { $unit }
span-end-of-business-day = fin du { $ordinal } jour ouvré
span-end-of-this-month = fin du mois
span-end-of-this-quarter = fin du trimestre
span-end-of-this-half-year = fin du semestre
span-end-of-this-year = fin de l’année
span-end-of-next-month = fin du mois suivant
span-end-of-next-quarter = fin du trimestre suivant
span-end-of-next-half-year = fin du semestre suivant
span-end-of-next-year = fin de l’année suivante
span-end-of-this-billing-period = fin de la période de facturation en cours
span-end-of-billing-period = fin de la { $ordinal } période de facturation
ordinal =
    { $ending ->
        [first] { $number }er
       *[other] { $number }e
    }
unit-second =
    { $count ->
        [one] seconde
       *[other] secondes
    }
unit-minute =
    { $count ->
        [one] minute
       *[other] minutes
    }
unit-hour =
    { $count ->
        [one] heure
       *[other] heures
    }
unit-day =
    { $count ->
        [one] jour
       *[other] jours
    }
unit-week =
    { $count ->
        [one] semaine
       *[other] semaines
    }
unit-month =
    { $count ->
        [one] mois
       *[other] mois
    }
unit-year =
    { $count ->
        [one] an
       *[other] ans
    }
unit-business-minute =
    { $count ->
        [one] minute ouvrable
       *[other] minutes ouvrables
    }
unit-business-hour =
    { $count ->
        [one] heure ouvrable
       *[other] heures ouvrables
    }
unit-business-day =
    { $count ->
        [one] jour ouvré
       *[other] jours ouvrés
    }

## Clauses

clause-numbered = clause { $number }
clause-item = clause { $number } { $item })
clause-annex = annexe { $number }
clause-annex-item = annexe { $number }, { $item })
clause-preamble = préambule

## Couverture

verdict-covered = couverte
verdict-not-covered = non couverte
verdict-needs-judgement = à juger
reason-cover-yes = { $label }
reason-cover-no = condition non remplie : { $label }
reason-cover-unknown = à établir : { $label }
reason-exclude-yes = exclusion : { $label }
reason-exclude-no = exclusion sans objet : { $label }
reason-exclude-unknown = à établir : { $label }
reason-fact-unknown = pas encore connu : { $label }

## Heures d’ouverture

hours-always = jour et nuit, tous les jours
hours-none = aucune ouverture cette semaine
hours-every-day = tous les jours
hours-from-day-to-day = du { $first } au { $last }
hours-on-day = le { $day }
hours-from-to = de { $from } à { $to }
hours-time-in-zone = { $time } ({ $zone })
hours-days-times = { $days } { $times }
hours-separator = { " ; " }
hours-in-zone = { $hours }, { $zone }
list-and = { $first } et { $last }

## À qui le tour

turn-us = C’est à nous
turn-you = C’est à vous
turn-customer = C’est au client
turn-party-vendor = C’est à l’éditeur
turn-party-third_party = C’est à un tiers
turn-party-named = C’est à { $party }
turn-nobody = Rien à faire
turn-us-rest-due =  : { $promise } { $due }.
turn-us-rest-late = , en retard depuis { $duration } ({ $promise } : { $instant }{ $zone }).
turn-us-rest-late-since = , en retard depuis { $instant }{ $zone } ({ $promise }).
turn-us-rest-none =  : pas de délai garanti pour cette demande.
turn-us-rest =  : nous nous en occupons, aucune échéance ne court.
turn-customer-ask = nous attendons votre réponse
turn-follow = nous suivons pour vous
turn-staff-wait = nous attendons
turn-wait =  : { $wait }.
turn-wait-paused =  : { $wait } ; le délai est en pause depuis { $instant }{ $zone }.
turn-wait-running =  : { $wait } ; notre échéance court toujours, { $promise } { $due }.
turn-nobody-rest =  : la demande est terminée.

## Voies, rôles et parties

channel-email = courriel
channel-web = formulaire public
channel-portal = portail
channel-phone = téléphone
channel-voicemail = boîte vocale
channel-api = interface de programmation
role-owner = responsable de la demande
role-lead = responsable d’équipe
role-team = équipe
role-requester = demandeur
role-agent = agent
role-manager = responsable du service
role-admin = administrateur
role-contact = personne-ressource
role-customer = client
role-provider = prestataire
party-customer = client
party-provider = prestataire
party-vendor = éditeur
party-third_party = tiers

## Jours et mois

weekday-mon = lundi
weekday-tue = mardi
weekday-wed = mercredi
weekday-thu = jeudi
weekday-fri = vendredi
weekday-sat = samedi
weekday-sun = dimanche
weekday-short-mon = lun.
weekday-short-tue = mar.
weekday-short-wed = mer.
weekday-short-thu = jeu.
weekday-short-fri = ven.
weekday-short-sat = sam.
weekday-short-sun = dim.
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre

## Villes, par zone ; les autres gardent le nom de leur zone.

city-Africa-Abidjan = Abidjan
city-Africa-Algiers = Alger
city-Africa-Cairo = Le Caire
city-time-Africa-Cairo = heure du Caire
city-America-Montreal = Montréal
city-America-Toronto = Toronto
city-America-New_York = New York
city-America-Mexico_City = Mexico
city-America-Sao_Paulo = São Paulo
city-America-St_Johns = Saint-Jean
city-America-Havana = La Havane
city-time-America-Havana = heure de La Havane
city-Asia-Kuala_Lumpur = Kuala Lumpur
city-Asia-Singapore = Singapour
city-Asia-Tokyo = Tokyo
city-Asia-Seoul = Séoul
city-Asia-Kolkata = Calcutta
city-Asia-Dubai = Dubaï
city-Asia-Beirut = Beyrouth
city-Australia-Sydney = Sydney
city-Europe-Athens = Athènes
city-Europe-Berlin = Berlin
city-Europe-Brussels = Bruxelles
city-Europe-Copenhagen = Copenhague
city-Europe-Lisbon = Lisbonne
city-Europe-London = Londres
city-Europe-Luxembourg = Luxembourg
city-Europe-Moscow = Moscou
city-Europe-Rome = Rome
city-Europe-Vienna = Vienne
city-Europe-Warsaw = Varsovie
city-Europe-Zurich = Zurich
city-Indian-Reunion = La Réunion
city-Pacific-Noumea = Nouméa
