## An agreement in plain words, and the page woven from it

agreement-version = Version { $version }, in force from { $date }
agreement-contents = Contents
agreement-clause = Clause { $number }
agreement-by-clause = clause { $number }

agreement-hours = Hours
agreement-hours-week = Week of { $date }
agreement-closed = closed
agreement-closed-for = closed: { $name }
agreement-promises = What is promised
agreement-promises-none = Nothing is promised by a fixed time.
agreement-coverage = What is covered
agreement-coverage-lead = A request is covered when all of this is true:
agreement-exclusions = What is excluded
agreement-products = Software
agreement-interpretations = How the text is understood
agreement-alternative = Set aside: { $text }
agreement-information = What only informs
agreement-exception = except when { $condition }
agreement-also-when = also when { $condition }
agreement-offer = offered by: { $role }
agreement-permissions = Who may do what
agreement-statistic = { $label }: claimed { $claimed }, never a target

agreement-rule = Rule
agreement-says = What it says
agreement-rules-caption = Rules of clause { $number }
agreement-example = Worked example
agreement-example-caption = Worked example: { $title }
agreement-example-when = When
agreement-example-what = What happens
agreement-example-looked-at = Looked at
agreement-example-expected = Stated
agreement-example-found = Computed
agreement-interpretation = Interpretation in force
agreement-example-alternative = with { $name } read as “{ $alternative }”
agreement-given = Given

agreement-column-promise = Promise
agreement-column-target = Time
agreement-column-hours = Counted in
agreement-column-strength = Strength
agreement-column-clause = Clause

agreement-elapsed = real time, day and night
agreement-no-figure = no figure
agreement-otherwise = otherwise { $value }
agreement-by-value = { $value } for { $fact } { $key }
agreement-from-fact = as agreed: { $fact }
agreement-from-until = From { $start } to { $stop }.
agreement-only-when = Only when { $condition }.
agreement-not-when = Not when { $condition }.
agreement-paused = Stands still { $pauses }.
agreement-warned = Warned with { $left } left: { $roles }.
agreement-missed = When missed, told: { $roles }.
agreement-any-case = in every case

agreement-condition-yes = { $fact }: yes
agreement-condition-no = { $fact }: no
agreement-condition-is = { $fact }: { $values }
agreement-condition-is-not = { $fact } other than { $values }
agreement-condition-listed = { $fact } among { $list }
agreement-condition-behind =
    { $count ->
        [0] the current release
        [one] the current release or the one before
       *[other] the current release or one of the { $count } before
    }
agreement-condition-known = { $fact } known
agreement-condition-unknown = { $fact } not known
agreement-condition-during = { $fact } during { $calendar }
agreement-condition-at-least = { $fact } at least { $value }
agreement-condition-above = { $fact } above { $value }
agreement-condition-at-most = { $fact } at most { $value }
agreement-condition-below = { $fact } below { $value }
agreement-condition-not = not: { $condition }
agreement-and = { " and " }
agreement-or = { " or " }

agreement-fact-asked = Asked of { $from }.
agreement-fact-presumed = Presumed: { $value }.
agreement-fact-values = One of: { $values }.
agreement-yes = yes
agreement-no = no
agreement-from-contract = the contract
agreement-from-customer = the customer
agreement-from-agent = the agent
agreement-from-system = the system
agreement-parameter = Filled in per contract.
agreement-parameter-provider = Filled in by the provider.
agreement-parameter-default = Filled in per contract; by default { $value }.
agreement-holidays = Public holidays: { $names }.
agreement-entries = { $entries }
agreement-entries-included = All of { $list }, and: { $entries }
agreement-family = { $title } ({ $members })
agreement-family-beginning = { $title } (every title beginning with { $members })
agreement-limited = { $title } (to be judged, except { $condition })
agreement-permission = Allowed: { $who }.
agreement-permission-to = Allowed: { $who }; towards: { $to }.
agreement-permission-needs = Needs { $needs }.
agreement-permission-reason = A reason is given and kept.
agreement-channel = Way in: { $name }
agreement-channel-automatically = a request opens by itself
agreement-channel-by-agent = an agent opens the request
agreement-channel-never = no request opens; the sender is told where to turn
agreement-channel-recommended = recommended
agreement-notice = Told: { $roles }, on { $event }
agreement-notice-name = Notice
agreement-task = Falls to: { $who }.
agreement-task-take-over = May be taken over by: { $who }.
agreement-task-refusal = A refusal is no fault.
agreement-task-needs-one = One of these is given: { $needs }.
agreement-data = Data
agreement-data-destroyed = Destroyed on { $event }: { $what }. Kept: { $keep }.
agreement-queue = Order of the queue
agreement-queue-order = { $order }; a jump needs a reason and is recorded.
agreement-order-arrival = order of arrival
agreement-order-deadline = nearest deadline
agreement-order-severity = severity
agreement-order-money = money at stake
agreement-role-own-queue = Team with a queue of its own.
agreement-role = Team.

agreement-act-open = Open a request
agreement-act-close = Close a request
agreement-act-reply = Reply
agreement-act-assign = Assign a request
agreement-act-set_severity = Set the severity

event-received = the arrival of the request
event-opened = the opening of the request
event-acknowledged = the acknowledgement
event-replied = a reply
event-answered = the answer of a person
event-called_back = the call back
event-taken_up = the taking up
event-assigned = the assignment
event-classified = the classification
event-waiting = the beginning of a wait
event-resumed = the end of a wait
event-updated = an update
event-workaround_given = the workaround
event-resolved = the resolution
event-confirmed = the confirmation
event-closed = the closing
event-reopened = the reopening
event-escalated = an escalation
event-handed_over = the handing over
event-passed_to_vendor = the passing to the vendor
event-back_from_vendor = the return from the vendor

deed-received = request received
deed-acknowledge = acknowledgement sent
deed-reply = reply
deed-reply-technical = answer of a person
deed-set-severity = severity set
deed-pass-to-vendor = passed to the vendor
deed-back-from-vendor = back from the vendor
deed-wait = wait begins
deed-resume = wait ends
deed-resolve = resolved
deed-close = closed
deed-classify = classified
deed-take-up = taken up
deed-update = update given

agreement-kept-attachments = attached files
agreement-kept-captures = screen captures
agreement-kept-conversation = the conversation
agreement-kept-certificate = a certificate of destruction
