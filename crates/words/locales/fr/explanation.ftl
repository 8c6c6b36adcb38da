## « Pourquoi cette échéance ? »

explanation-title = Pourquoi cette échéance ?
explanation-start = Le compteur part { $instant }{ $zone }.
explanation-start-back = Le compteur part { $instant }{ $zone } et compte à rebours.
explanation-start-carried = Le compteur repart { $instant }{ $zone }, avec { $duration } déjà au compteur.
explanation-target = { $promise } : { $target }.
explanation-target-objective = { $promise } : { $target }, un objectif.
explanation-target-estimate = { $promise } : { $target }, une estimation.
explanation-target-best-effort = { $promise } : { $target }, au mieux.
explanation-elapsed = Le temps compte sans interruption, jour et nuit.
explanation-hours = Heures comptées : { $hours }.
explanation-calendar = Heures comptées : { $calendar }.
explanation-days = Nous comptons { $days }.
explanation-day = { $duration } { $day }
explanation-days-many =
    { $count ->
        [one] Nous comptons { $duration } en { $count } jour, { $first }.
       *[other] Nous comptons { $duration } en { $count } jours, du { $first } au { $last }.
    }
explanation-pause = Pause entre { $instant }{ $zone } et { $to } : { $label }.
explanation-pause-of-a-day = Pause de { $duration }, { $instant } à { $to }{ $zone } : { $label }.
explanation-pause-open = Pause en cours depuis { $instant }{ $zone } : { $label }.
explanation-extension = Délai prolongé, entre { $instant }{ $zone } et { $to } : { $label }.
explanation-extension-of-a-day = Délai prolongé de { $duration }, { $instant } à { $to }{ $zone } : { $label }.
explanation-extension-open = Délai qui se prolonge depuis { $instant }{ $zone } : { $label }.
explanation-no-holiday = Aucun jour férié traversé.
explanation-holidays =
    { $count ->
        [one] Jour férié traversé : { $days }.
       *[other] Jours fériés traversés : { $days }.
    }
explanation-holiday = { $date } ({ $name })
explanation-interpretation =
    { $count ->
        [0] Lecture en vigueur : { $text }.
        [one] Lecture en vigueur : { $text }. { $count } autre lecture écartée.
       *[other] Lecture en vigueur : { $text }. { $count } autres lectures écartées.
    }
explanation-result = Échéance : { $instant }{ $zone }.
explanation-row-paused = pause de { $from } à { $to }
explanation-table-caption = Temps compté jour par jour
explanation-table-day = Jour
explanation-table-counted = Compté
explanation-table-total = Total
explanation-table-due = Échéance : { $date }
explanation-legend-used = consommé
explanation-legend-ahead = à venir
explanation-legend-paused = pause
explanation-legend-now = maintenant
