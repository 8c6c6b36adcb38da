## Everywhere: head, navigation, foot

app-help = Support
app-skip = Skip to content
app-title = { $page }: { $place }
app-title-error = Error: { $page }
app-sign-out = Sign out
nav-main = Main
nav-queue = Queue
nav-contracts = Contracts
nav-requests = Requests
nav-contract = Contract
nav-new-request = New request
footer-label = Footer
language-fr = French
language-en = English
button-save = Save
list-more = Show more
errors-title = There is a problem
value-yes = yes
value-no = no
value-unspecified = I do not know

## Sign-in

sign-in-title = Sign in
sign-in-intro = We send you a link. No password to remember.
sign-in-address = E-mail address
sign-in-address-hint = The one where you receive our answers.
sign-in-send = Get a link
sign-in-passkey = Use a passkey
sign-in-organisation = Go through your organisation
sign-in-without-account = No account? Write to { $mailbox }: every request can be followed by e-mail, from beginning to end.
sign-in-way = How we work
sign-in-way-text = Every deadline names the clause it rests on.
sign-in-example = Example
sign-in-now = Right now
sign-in-all-up = All services are working.
sign-in-availability = See availability
sign-in-hours = Support hours
sign-in-open-now = Open now.
sign-in-closed-now = Closed now. Opens { $instant }.
sign-in-sent-title = Check your mail
sign-in-sent = If we know this address, a link is on its way. It is good for 15 minutes.
sign-in-code = Six-digit code
sign-in-code-hint = It is in the e-mail you have just received.
sign-in-code-send = Sign in with the code
sign-in-again = Ask for another link
sign-in-confirm-title = Confirm sign-in
sign-in-confirm = You are signing in at { $provider } as { $address }.
sign-in-confirm-button = Sign in
sign-in-error-address = Enter an e-mail address, for example name@organisation.example.
sign-in-error-code = This code is wrong or no longer valid. Ask for another link.
sign-in-error-link = This link has been used or is no longer valid. Ask for another link.
sign-in-error-browser = This link was asked for in another browser. Enter the code from the e-mail.
sign-in-signed-out = You are signed out.

## Views of the queue

view-label = Saved views
view-team = Team queue
view-mine = Mine
view-unassigned = Unassigned
view-missed = Missed deadlines
view-snoozed = Put off
view-waiting = Waiting
view-all = All

## Agents’ queue

queue-title = { $view } ({ $count })
queue-filter-label = Filter the view
queue-filter = Filter
queue-filter-clear = Show all
queue-caption = Requests of the queue, from the nearest deadline to the farthest
queue-head-select = Select
queue-head-deadline = Deadline
queue-head-left = Time left
queue-head-promise = Promise
queue-head-turn = Turn
queue-head-number = Number
queue-head-request = Request
queue-head-customer = Customer and contract
queue-head-care = Owner, age
queue-select = Select { $number }
queue-group-late = Late
queue-group-late-note = stay on top until answered
queue-group-later = Later
queue-group-paused = Paused
queue-group-paused-note = the clock stands still; the time left says what will be left
queue-missed-mark = deadline missed
queue-empty = No request in this view.
queue-act-on-selection = Act on the selection

## Request, for agents

request-promise-label = Whose turn
request-actions-label = Act on the request
request-thread = Thread of the request
request-by-channel = by { $channel }
request-answer-to = answer to { $person }
request-technical-answer-to = technical answer to { $person }
request-note-by = Internal note by { $person }
request-note-audience = team only
request-earlier = Earlier messages

letter-show = Show the formatting
letter-title = Message as it was formatted
letter-alone = Open alone, in a new tab
letter-images-elsewhere =
    { $count ->
        [one] One image kept elsewhere was not loaded: it would tell the sender when you read.
       *[other] { $count } images kept elsewhere were not loaded: they would tell the sender when you read.
    }
letter-image-elsewhere = remote image, not loaded
letter-image-absent = image not shown here
request-message-deleted = The content of this message has been erased.
request-context = Context of the request
request-deadlines = Deadlines
request-coverage = Coverage
request-facts = Facts
request-contract = Contract
request-agreement = Agreement
request-period = Period
request-contact = Contact
request-contact-time = Local time
request-contact-time-in = { $time } in { $city }
request-contact-language = Language
request-contact-address = Address
request-unknown-contact = Address unknown to our contracts
request-no-figure = no stated time
reply-heading = Answer { $person }
reply-recipients = To { $to }.
reply-body = Answer to the customer
reply-turn = The turn is then
reply-turn-us = ours
reply-turn-customer = the customer’s
reply-turn-vendor = the vendor’s
reply-files = Attach files
reply-send = Send to { $person }
reply-stopped = A message arrived while you were writing. Read it, then send again.
note-heading = Internal note
note-audience = team only, never leaves
note-save = Save the note

## Actions

command-take-up = Take
command-assign = Assign
command-assign-person = To whom
command-assign-team = To which team
command-assign-nobody = Nobody
command-classify = Classify
command-judge-coverage = Judge coverage
command-judge-coverage-verdict = Your decision
command-judge-coverage-reason = Why
command-judge-coverage-reason-hint = This reason stays in the history of the request.
command-wait = Put on hold
command-wait-for = Whom are we waiting for
command-wait-reason = What we are waiting for
command-resume = Resume
command-pass-to-vendor = Pass to the vendor
command-pass-to-vendor-vendor = Vendor
command-pass-to-vendor-reference = Reference at the vendor
command-back-from-vendor = Back from the vendor
command-back-from-vendor-result = What the vendor gives back
command-back-from-vendor-fix = a fix
command-back-from-vendor-answer = an answer
command-back-from-vendor-none = nothing
command-log-call = Log a call
command-resolve = Resolve
command-resolve-outcome = Outcome
command-resolve-body = What you write to the customer
command-close = Close
command-close-reason = Why
command-reopen = Reopen
outcome-solved = solved
outcome-fixed = fixed
outcome-answered = answered
outcome-workaround = worked around
outcome-no-fault = no fault
outcome-not-reproducible = not reproducible
outcome-duplicate = already reported
outcome-withdrawn = withdrawn by the customer
outcome-not-covered = not covered
outcome-vendor = fixed by the vendor

## States and turns

clock-state-paused = paused
clock-state-met = kept
clock-state-missed = missed
clock-state-stopped = no longer owed
turn-short-provider = Ours
turn-short-customer = Customer
turn-short-third_party = Third party
turn-short-nobody = Nobody
role-note-technical = technical contact

## Portal: list of requests

portal-list-title = Your requests
portal-list-heading = Your requests
portal-list-of = Requests of { $account }
portal-list-open =
    { $count ->
        [0] No open request.
        [one] { $count } open request.
       *[other] { $count } open requests.
    }
portal-list-caption = Your requests, those that wait for your answer first
portal-list-head-turn = Whose turn
portal-list-head-request = Request
portal-list-head-state = Where it stands
portal-list-head-deadline = Deadline
portal-list-head-received = Received
portal-list-filter-open = Open
portal-list-filter-closed = Finished
portal-list-filter-all = All
portal-list-filter-mine = Yours
portal-list-filter-account = Your organisation’s
portal-list-empty = You have no request yet.
portal-list-new = New request

## Portal: one request

portal-request-title = { $subject } ({ $number })
portal-request-breadcrumb = Your requests
portal-request-number = Request { $number }
portal-request-promise-label = Whose turn
portal-request-your-time = That is { $time } where you are, in { $city }.
portal-request-cared-for = { $person } is taking care of it; you have nothing to do.
portal-request-not-yet-cared-for = Nobody has taken it yet; you have nothing to do.
portal-request-cared-for-your-turn = { $person } is waiting for your answer.
portal-request-why = Why this deadline?
portal-request-add-message = Add a message
portal-request-add-file = Attach a file
portal-request-settled = It is settled
portal-request-timeline = Where your request stands
portal-request-step-received = Received
portal-request-step-received-by = By { $channel }, from { $person }.
portal-request-step-received-by-you = By { $channel }, from you.
portal-request-step-acknowledged = Acknowledgement sent at once.
portal-request-step-taken-up = Taken up
portal-request-step-taken-up-by = By { $person }.
portal-request-step-taken-up-at = By { $person }, at level { $severity }.
portal-request-step-severity = Level set: { $severity }
portal-request-step-first-response = First technical answer
portal-request-step-in-progress = In progress
portal-request-step-waiting-for-you = Waiting for you
portal-request-step-waiting-for-vendor = Waiting for the vendor
portal-request-step-waiting-for-third-party = Waiting for a third party
portal-request-step-waited = The time stood still for { $duration }.
portal-request-step-resolved = Resolved
portal-request-step-resolved-at-the-latest = Resolved, at the latest
portal-request-step-confirm = You confirm, then we close it.
portal-request-step-closed = Closed
portal-request-step-reopened = Reopened
portal-request-step-declined = Declined
portal-request-margin = { $duration } before the deadline
portal-request-margin-late = { $duration } after the deadline
portal-request-thread = Messages
portal-request-you = You
portal-request-by-channel = by { $channel }
portal-request-message = Your message
portal-request-message-hint = You can also reply to our e-mails: everything arrives here.
portal-request-files = Attach files
portal-request-send = Send the message
portal-request-side = Deadlines, files and actions
portal-request-deadlines = Deadlines
portal-request-strength = { $promise }, { $strength }
portal-request-left = { $duration } of opening time left.
portal-request-left-elapsed = { $duration } left.
portal-request-paused = Paused since { $instant }: { $why }.
portal-request-no-figure = no stated time
portal-request-each-progress = at each important progress, no stated time
portal-request-coverage = Coverage
portal-request-file-list = Files
portal-request-file-none = No file.
portal-request-ways-out = Is something wrong?
portal-request-ask-update = Ask for an update
portal-request-ask-severity = Ask for a higher level
portal-request-escalate = Escalate the request
portal-request-contest = Contest a decision
portal-request-confirm = Confirm that it is settled
portal-request-confirm-hint = The request will be closed. You can reopen it.
portal-request-not-settled = It is not settled
portal-request-reopen = Reopen the request
portal-request-state = State
portal-request-error-message = Write your message before sending it.
portal-request-sent = Your message is sent.
portal-request-confirmed = Thank you, the request is closed.
portal-request-reopened = The request is reopened.

## Portal: new request, in two steps

portal-new-title = New request (step { $step } of { $steps })
portal-new-heading = New request
portal-new-steps = Steps of the new request
portal-new-step-describe = What is happening?
portal-new-step-check = Check and send
portal-new-contract = Contract
portal-new-product = Product
portal-new-product-hint = Only the products of your contract are listed.
portal-new-version = Version
portal-new-problem = What is happening
portal-new-subject = Subject
portal-new-subject-hint = One sentence, for example “Blank page after sign-in”.
portal-new-body = Description
portal-new-body-hint = What you were doing, what you see, since when, and who is affected.
portal-new-severity = Effect on your work
portal-new-severity-hint = The level governs the times. { $provider } may review it, and will tell you why.
portal-new-since = Since
portal-new-people = People affected
portal-new-files = Attach files
portal-new-files-hint = Screenshots, logs. At most { $size } MB a file.
portal-new-evidence = Evidence that the contract asks for
portal-new-cannot = I cannot
portal-new-continue = Continue
portal-new-check-heading = Check and send
portal-new-promises = What your contract promises you
portal-new-promise-first = First response
portal-new-promise-strength = { $promise }, { $strength }
portal-new-your-time = { $time } where you are.
portal-new-target = { $target }.
portal-new-computed = Computed for sending now, { $instant }.
portal-new-no-promise = Your contract gives no guaranteed time for this request.
portal-new-not-covered = By your answers, the contract does not cover this request. You can send it: somebody will read it.
portal-new-needs-judgement = By your answers, somebody must first judge whether the contract covers this request.
portal-new-covered = By your answers, the contract covers this request.
portal-new-yours = Your request
portal-new-contact = Whom we reach
portal-new-change = Change
portal-new-change-what = Change: { $what }
portal-new-send = Send the request
portal-new-keep-draft = Keep the draft
portal-new-draft-kept = Draft kept at { $time }. You will find it on any device.
portal-new-sent-title = Request sent
portal-new-sent = Your request has the number { $number }. An acknowledgement goes to { $address }.
portal-new-error-subject = Give the request a subject.
portal-new-error-body = Describe what is happening.
portal-new-error-product = Choose the product concerned.
portal-new-error-problem = Choose what is happening.
portal-new-error-severity = Choose the effect on your work.
portal-new-error-contract = Choose the contract.
portal-new-error-file-size = This file is over { $size } MB. Attach a smaller one.

## Portal: the contract

portal-agreement-title = Your agreement, version { $version }
portal-agreement-breadcrumb = Contract
portal-agreement-intro = Version { $version }, in force for { $account } from { $from } to { $to }.
portal-agreement-intro-open = Version { $version }, in force for { $account } since { $from }.
portal-agreement-text = The text is the one you signed. Under “Yours” stand your figures: each leads to the lines it is made of.
portal-agreement-download = Download the signed text
portal-agreement-compare = Compare with version { $version }
portal-agreement-contents = Contents
portal-agreement-yours = Yours
portal-agreement-yours-since = Yours, since { $date }
portal-agreement-to-do = To do
portal-agreement-requests =
    { $count ->
        [0] No request.
        [one] { $count } request
       *[other] { $count } requests
    }
portal-agreement-see-requests = See the requests
portal-agreement-kept = { $kept } of { $count }
portal-agreement-kept-text = kept in time
portal-agreement-median = Median time: { $duration } of opening time.
portal-agreement-hours-yours = Where you are, in { $city }
portal-agreement-open-now = Open now.
portal-agreement-closed-now = Closed now. Opens { $instant }.
portal-agreement-interpretation = Interpretation in force: { $text }
portal-agreement-alternatives = Interpretations set aside
portal-agreement-parameters = Values of your contract
portal-agreement-none = No contract in force.

## Mails sent (demonstration)

outbox-title = Mails sent
outbox-intro = What the demonstration would have sent. Nothing leaves this machine.
outbox-head-when = Sent
outbox-head-to = To
outbox-empty = No mail has been sent yet.

## Error pages and refusals

error-not-found-title = Page not found
error-not-found = This page does not exist, or is not yours. Check the address, or go back to your requests.
error-not-permitted-title = Not permitted
error-not-permitted = Your role does not permit this action.
error-not-permitted-by = Your role does not permit this action ({ $clause }).
error-conflict-title = The request has changed
error-conflict = Somebody changed the request while you were writing. Your text is kept: read again, then send once more.
error-server-title = An error on our side
error-server = Your action did not go through and nothing was lost. Try again in a moment. If the error comes back, give us this reference: { $reference }.
error-too-large-title = Too large
error-too-large = What you sent is over { $size } MB. Attach fewer or smaller files.
error-expired-title = Page out of date
error-expired = This page stayed open too long. Reload it and start again: your draft is kept.
error-too-many-title = Too many attempts
error-too-many = Wait a few minutes before trying again.
error-back = Go back
error-home = Back to the start
refusal-not-permitted = This action is not permitted here.
refusal-not-permitted-by = This action is not permitted here ({ $clause }).
refusal-not-open = The request is no longer open. Reopen it first.
refusal-already-open = The request is already open.
refusal-not-waiting = The request is waiting for nobody.
refusal-needs = Missing: { $what }.
refusal-unknown-value = “{ $value }” is not a possible value. Choose one of: { $allowed }.
refusal-empty = Write a text before sending.
refusal-terms = The contract does not allow this to be computed: { $text }.

## Keyboard

keys-title = Shortcuts
keys-go = go
keys-open = open
keys-reply = answer
keys-note = note
keys-search = search
keys-help = see all

# A request whose letter had no subject.
no-subject = (no subject)
