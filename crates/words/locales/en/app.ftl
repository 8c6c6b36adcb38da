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
sign-in-address = Email address
sign-in-address-hint = The one where you receive our answers.
sign-in-way = How we work
sign-in-way-text = Every deadline names the clause it rests on.
sign-in-example = Example
sign-in-sent-title = Check your mail
sign-in-code = Six-digit code
sign-in-code-hint = It is in the email you have just received.
sign-in-code-send = Sign in with the code
sign-in-again = Ask for another link
sign-in-confirm-title = Confirm sign-in
sign-in-confirm-button = Sign in
sign-in-error-address = Enter an email address, for example name@organisation.example.
sign-in-error-code = This code is wrong or no longer valid. Ask for another link.
sign-in-error-link = This link has been used or is no longer valid. Ask for another link.

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
portal-list-open =
    { $count ->
        [0] No open request.
        [one] { $count } open request.
       *[other] { $count } open requests.
    }
portal-list-filter-open = Open
portal-list-filter-all = All
portal-list-empty = You have no request yet.

## Portal: one request

portal-request-number = Request { $number }
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
portal-request-step-taken-up = Taken up
portal-request-step-taken-up-by = By { $person }.
portal-request-step-first-response = First technical answer
portal-request-step-in-progress = In progress
portal-request-step-waiting-for-you = Waiting for you
portal-request-step-waiting-for-third-party = Waiting for a third party
portal-request-step-resolved = Resolved
portal-request-step-closed = Closed
portal-request-step-reopened = Reopened
portal-request-step-declined = Declined
portal-request-thread = Messages
portal-request-you = You
portal-request-message = Your message
portal-request-message-hint = You can also reply to our emails: everything arrives here.
portal-request-send = Send the message
portal-request-side = Deadlines, files and actions
portal-request-file-list = Files
portal-request-error-message = Write your message before sending it.

## Portal: new request, in two steps

portal-new-steps = Steps of the new request
portal-new-step-describe = What is happening?
portal-new-step-check = Check and send
portal-new-subject = Subject
portal-new-subject-hint = One sentence, for example “Blank page after sign-in”.
portal-new-body = Description
portal-new-body-hint = What you were doing, what you see, since when, and who is affected.
portal-new-files = Attach files
portal-new-continue = Continue
portal-new-promises = What your contract promises you
portal-new-no-promise = Your contract gives no guaranteed time for this request.
portal-new-not-covered = By your answers, the contract does not cover this request. You can send it: somebody will read it.
portal-new-needs-judgement = By your answers, somebody must first judge whether the contract covers this request.
portal-new-covered = By your answers, the contract covers this request.
portal-new-yours = Your request
portal-new-change = Change
portal-new-send = Send the request
portal-new-error-subject = Give the request a subject.
portal-new-error-body = Describe what is happening.

## Portal: the contract

portal-agreement-contents = Contents
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
error-not-done-title = That was not done
error-form-too-large = What you sent is too large, and nothing of it was taken. A text may have { $text } MiB, a form { $form } MiB, and { $files } MiB where it takes files, { $count } files at most.
error-form-unread = This form could not be read, and nothing of it was taken. Go back to the page before and send it again.
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
refusal-impossible-value = “{ $value }” is not a possible value of “{ $fact }”.
refusal-no-value = There is no possible value of “{ $fact }” here.
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
