## “Why this deadline?”

explanation-title = Why this deadline?
explanation-start = Counting starts { $instant }{ $zone }.
explanation-start-back = Counting starts { $instant }{ $zone } and goes back in time.
explanation-start-carried = Counting goes on from { $instant }{ $zone }, with { $duration } already counted.
explanation-target = { $promise }: { $target }.
explanation-target-objective = { $promise }: { $target }, an objective.
explanation-target-estimate = { $promise }: { $target }, an estimate.
explanation-target-best-effort = { $promise }: { $target }, as well as can be.
explanation-elapsed = Time counts without interruption, day and night.
explanation-hours = Hours counted: { $hours }.
explanation-calendar = Hours counted: { $calendar }.
explanation-days = We count { $days }.
explanation-day = { $duration } on { $day }
explanation-days-many =
    { $count ->
        [one] We count { $duration } in { $count } day, { $first }.
       *[other] We count { $duration } in { $count } days, from { $first } to { $last }.
    }
explanation-pause = Paused from { $instant }{ $zone } to { $to }: { $label }.
explanation-pause-of-a-day = Paused for { $duration }, { $instant } to { $to }{ $zone }: { $label }.
explanation-pause-open = Paused since { $instant }{ $zone }: { $label }.
explanation-extension = Time extended, from { $instant }{ $zone } to { $to }: { $label }.
explanation-extension-of-a-day = Time extended by { $duration }, { $instant } to { $to }{ $zone }: { $label }.
explanation-extension-open = Time being extended since { $instant }{ $zone }: { $label }.
explanation-no-holiday = No public holiday crossed.
explanation-holidays =
    { $count ->
        [one] Public holiday crossed: { $days }.
       *[other] Public holidays crossed: { $days }.
    }
explanation-holiday = { $date } ({ $name })
explanation-interpretation =
    { $count ->
        [0] Interpretation in force: { $text }.
        [one] Interpretation in force: { $text }. { $count } other interpretation set aside.
       *[other] Interpretation in force: { $text }. { $count } other interpretations set aside.
    }
explanation-result = Deadline: { $instant }{ $zone }.
explanation-row-paused = paused from { $from } to { $to }
explanation-table-caption = Time counted day by day
explanation-table-day = Day
explanation-table-counted = Counted
explanation-table-total = Total
explanation-table-due = Deadline: { $date }
explanation-legend-used = used
explanation-legend-ahead = to come
explanation-legend-paused = paused
explanation-legend-now = now
