## Deadlines: what is read of an instant and of the state of a clock.

# $instant is the instant as it is told; $zone is empty, or “, Montréal time”.
due-before = by { $instant }{ $zone }
due-before-date = by { $instant }{ $zone }

when-today-ahead = { $time } today
when-today = today { $time }
when-today-brief = { $time }
when-tomorrow = tomorrow { $time }
when-weekday = { $weekday } { $time }
when-date-ahead = { $weekday } { $day } { $month } at { $time }
when-date-with-year-ahead = { $weekday } { $day } { $month } { $year } at { $time }
when-date-in-sentence = { $day } { $month } { $time }
when-date-with-year-in-sentence = { $day } { $month } { $year } { $time }
when-date = { $day } { $month } { $time }
when-date-with-year = { $day } { $month } { $year } { $time }
date = { $weekday } { $day } { $month }
date-with-year = { $weekday } { $day } { $month } { $year }
day-in-table = { $weekday } { $day }
day-first = 1

with-offset = { $time } ({ $offset })
with-zone = , { $zone }
zone-time = { $city } time
zone-time-before-vowel = { $city } time

due-met = { $done } { $instant }{ $zone }
due-met-before = { $done } { $instant }{ $zone }, { $duration } before the deadline
due-missed-met-binding = deadline missed: { $done } { $instant }{ $zone }, { $duration } after the deadline
due-missed-met-objective = objective missed: { $done } { $instant }{ $zone }, { $duration } after the objective
due-missed-met-estimate = estimate exceeded: { $done } { $instant }{ $zone }, { $duration } after the estimate

due-late-binding = deadline passed { $duration } ago ({ $instant }{ $zone })
due-late-objective = objective passed { $duration } ago ({ $instant }{ $zone })
due-late-estimate = estimate passed { $duration } ago ({ $instant }{ $zone })
due-late-since-binding = deadline passed { $instant }{ $zone }
due-late-since-objective = objective passed { $instant }{ $zone }
due-late-since-estimate = estimate passed { $instant }{ $zone }
due-late-row = late by { $duration } ({ $instant }{ $zone })
due-late-row-since = late since { $instant }{ $zone }

due-missed-binding = deadline missed
due-missed-objective = objective missed
due-missed-estimate = estimate exceeded

due-paused = paused since { $instant }{ $zone }: { $why }
due-paused-left = paused since { $instant }{ $zone }: { $why }; { $duration } of opening time will be left
due-paused-left-elapsed = paused since { $instant }{ $zone }: { $why }; { $duration } will be left
due-paused-row = paused since { $instant }{ $zone }
waiting-for-customer = we are waiting for the customer
waiting-for-vendor = we are waiting for the vendor
waiting-for-third-party = we are waiting for a third party
waiting-also-for = { $told }, and at the same time the { $party }

due-none = no guaranteed time for this request
due-none-best-effort = best effort, no guaranteed time for this request
due-none-brief = no guaranteed time
due-stopped-not-covered = no longer owed: the request is not covered
due-stopped-no-longer-applies = no longer owed: the promise no longer applies
due-stopped-automatic = no longer owed: the message is automatic
due-stopped-merged = no longer owed here: the request goes on in another
due-stopped-closed = no longer owed: the request is closed

due-opening-time = { $duration } of opening time
due-left = { $duration } of opening time left
due-left-elapsed = { $duration } left

done-acknowledgement = acknowledgement sent
done-response = answered
done-take_up = taken up
done-callback = called back
done-resolution = resolved
done-update = update sent
done-other = kept

## Promises

promise-acknowledgement = Acknowledgement
promise-response = Response
promise-take_up = Take-up
promise-callback = Callback
promise-resolution = Resolution
promise-update = Update

strength-binding = binding
strength-objective = objective
strength-estimate = estimate
strength-best-effort = best effort
strength-without-figure = no stated time

## Durations and spans

duration-minutes = { $minutes } min
duration-hours = { $hours } h
duration-hours-minutes = { $hours } h { $minutes } min
duration-days = { $days } d
duration-days-hours = { $days } d { $hours } h
duration-under-a-minute = under 1 min

span-none = no time limit
span-unstated = no stated time
span-immediately = immediately
span-of = { $count } { $unit }
span-range = { $least } to { $most } { $unit }
span-end-of-business-day = end of the { $ordinal } business day
span-end-of-this-month = end of the month
span-end-of-this-quarter = end of the quarter
span-end-of-this-half-year = end of the half-year
span-end-of-this-year = end of the year
span-end-of-next-month = end of the next month
span-end-of-next-quarter = end of the next quarter
span-end-of-next-half-year = end of the next half-year
span-end-of-next-year = end of the next year
span-end-of-this-billing-period = end of the billing period
span-end-of-billing-period = end of the { $ordinal } billing period
ordinal =
    { $ending ->
        [first] { $number }st
        [second] { $number }nd
        [third] { $number }rd
       *[other] { $number }th
    }
unit-second =
    { $count ->
        [one] second
       *[other] seconds
    }
unit-minute =
    { $count ->
        [one] minute
       *[other] minutes
    }
unit-hour =
    { $count ->
        [one] hour
       *[other] hours
    }
unit-day =
    { $count ->
        [one] day
       *[other] days
    }
unit-week =
    { $count ->
        [one] week
       *[other] weeks
    }
unit-month =
    { $count ->
        [one] month
       *[other] months
    }
unit-year =
    { $count ->
        [one] year
       *[other] years
    }
unit-business-minute =
    { $count ->
        [one] business minute
       *[other] business minutes
    }
unit-business-hour =
    { $count ->
        [one] business hour
       *[other] business hours
    }
unit-business-day =
    { $count ->
        [one] business day
       *[other] business days
    }

## Clauses

clause-numbered = clause { $number }
clause-item = clause { $number }({ $item })
clause-annex = annex { $number }
clause-annex-item = annex { $number }({ $item })
clause-preamble = preamble

## Coverage

verdict-covered = covered
verdict-not-covered = not covered
verdict-needs-judgement = to be judged
reason-cover-yes = { $label }
reason-cover-no = condition not met: { $label }
reason-cover-unknown = to be established: { $label }
reason-exclude-yes = exclusion: { $label }
reason-exclude-no = exclusion does not apply: { $label }
reason-exclude-unknown = to be established: { $label }
reason-fact-unknown = not known yet: { $label }

## Opening hours

hours-always = day and night, every day
hours-none = not open this week
hours-every-day = every day
hours-from-day-to-day = { $first } to { $last }
hours-on-day = { $day }
hours-from-to = from { $from } to { $to }
hours-time-in-zone = { $time } ({ $zone })
hours-days-times = { $days } { $times }
hours-separator = { "; " }
hours-in-zone = { $hours }, { $zone }
list-and = { $first } and { $last }

## Whose turn

turn-us = It is our turn
turn-you = It is your turn
turn-customer = It is the customer’s turn
turn-party-vendor = It is the vendor’s turn
turn-party-third_party = It is a third party’s turn
turn-party-named = It is the turn of { $party }
turn-nobody = Nothing to do
turn-us-rest-due = : { $promise } { $due }.
turn-us-rest-late = , late by { $duration } ({ $promise }: { $instant }{ $zone }).
turn-us-rest-late-since = , late since { $instant }{ $zone } ({ $promise }).
turn-us-rest-none = : no guaranteed time for this request.
turn-us-rest = : we are taking care of it, no deadline is running.
turn-customer-ask = we are waiting for your answer
turn-follow = we follow it for you
turn-staff-wait = we are waiting
turn-wait = : { $wait }.
turn-wait-paused = : { $wait }; the time has been paused since { $instant }{ $zone }.
turn-wait-running = : { $wait }; our deadline still runs, { $promise } { $due }.
turn-nobody-rest = : the request has ended.

## Channels, roles and parties

channel-email = email
channel-web = public form
channel-portal = portal
channel-phone = telephone
channel-voicemail = voicemail
channel-api = programming interface
role-owner = owner of the request
role-lead = team lead
role-team = team
role-requester = requester
role-agent = agent
role-manager = service manager
role-admin = administrator
role-contact = contact
role-customer = customer
role-provider = provider
party-customer = customer
party-provider = provider
party-vendor = vendor
party-third_party = third party

## Days and months

weekday-mon = Monday
weekday-tue = Tuesday
weekday-wed = Wednesday
weekday-thu = Thursday
weekday-fri = Friday
weekday-sat = Saturday
weekday-sun = Sunday
weekday-short-mon = Mon
weekday-short-tue = Tue
weekday-short-wed = Wed
weekday-short-thu = Thu
weekday-short-fri = Fri
weekday-short-sat = Sat
weekday-short-sun = Sun
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## Cities by zone; the others keep the name of their zone.

city-Africa-Abidjan = Abidjan
city-Africa-Algiers = Algiers
city-Africa-Cairo = Cairo
city-time-Africa-Cairo = Cairo time
city-America-Montreal = Montréal
city-America-Toronto = Toronto
city-America-New_York = New York
city-America-Mexico_City = Mexico City
city-America-Sao_Paulo = São Paulo
city-America-St_Johns = St. John’s
city-America-Havana = Havana
city-time-America-Havana = Havana time
city-Asia-Kuala_Lumpur = Kuala Lumpur
city-Asia-Singapore = Singapore
city-Asia-Tokyo = Tokyo
city-Asia-Seoul = Seoul
city-Asia-Kolkata = Kolkata
city-Asia-Dubai = Dubai
city-Asia-Beirut = Beirut
city-Australia-Sydney = Sydney
city-Europe-Athens = Athens
city-Europe-Berlin = Berlin
city-Europe-Brussels = Brussels
city-Europe-Copenhagen = Copenhagen
city-Europe-Lisbon = Lisbon
city-Europe-London = London
city-Europe-Luxembourg = Luxembourg
city-Europe-Moscow = Moscow
city-Europe-Rome = Rome
city-Europe-Vienna = Vienna
city-Europe-Warsaw = Warsaw
city-Europe-Zurich = Zurich
city-Indian-Reunion = Réunion
city-Pacific-Noumea = Nouméa
