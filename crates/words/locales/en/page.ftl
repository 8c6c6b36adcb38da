## Pages: what the shared catalogues do not yet say

page-find = Find a request
page-find-label = Find a request by number, word or person
page-first = Back to the beginning
page-pages = Pages
page-help = Need help? Write to
page-to = to
page-times = Times are in { $zone }.
page-colon = :
page-key-send = Ctrl Enter
page-key-send-what = send
page-keys-off = Switch one-letter shortcuts off in this browser
page-size-bytes = { $value } B
page-size-kilobytes = { $value } kB
page-size-megabytes = { $value } MB
page-size-gigabytes = { $value } GB
page-failed-more = Your action did not go through and nothing was lost. The error is recorded. Try again in a moment.
page-unavailable = Service unavailable for the moment
page-unavailable-more = The data does not answer. Nothing was lost. Try again in a moment.

## Signing in

gate-how = We send you a link. No password to remember.
gate-send = Send me a link
gate-no-account = No account? Write to your provider’s address: every request can be followed by email, from beginning to end.
gate-example-before = Response before{ " " }
gate-example-after = { " " }today, Montréal time
gate-example-more = 4 h of opening from 11:20. Clause 5.1.
gate-sent-more = If we know the address { $address }, a link has just left. It is valid for 10 minutes and works once.
gate-sent-help = Nothing arrived? Check the address, then the junk folder.
gate-enter-more = The link in your email does nothing by itself. This button signs you in on this device.
gate-stale = Link no longer valid

## Queue

queue-live =
    { $count ->
        [one] { $count } request
       *[other] { $count } requests
    }
queue-ours = { $count } ours
queue-late =
    { $count ->
        [one] { $count } overdue
       *[other] { $count } overdue
    }
queue-sorted = Sorted by nearest deadline.
queue-taken =
    { $count ->
        [0] No request taken.
        [one] { $count } request taken.
       *[other] { $count } requests taken.
    }
queue-refused =
    { $count ->
        [one] { $count } refused.
       *[other] { $count } refused.
    }
queue-tomorrow = Tomorrow
queue-now = Now,
queue-no-clock = no deadline
queue-filter-hint = number, word, person
queue-nothing-found = No request matches. Try with fewer words.
queue-to-judge = to be judged

## Request

ticket-received = received
ticket-of-target = of { $target }
ticket-cared-for = { $by } takes care of it.
ticket-unassigned = Nobody takes care of it yet.
ticket-used = { $used } used
ticket-used-of = { $used } used of { $all }
ticket-no-clock = No deadline.
ticket-judged = Judged by { $by },
ticket-no-contract = no contract for this request
ticket-deliveries = Emails sent
delivery-sent = delivered
delivery-waiting = waiting to leave
delivery-failed = failed
delivery-returned = not delivered
delivery-held = held back: too many automatic letters to this address, it refuses them, or nothing shows that it wrote
act-wait-what-hint = The customer reads this on their page.
act-resolve-body-hint = Say what was done, and what the customer has to do, even if that is nothing.
compose-courtesy = a courtesy, no technical answer
compose-draft-kept = Draft kept in this browser at
thread-file-erased = file erased
why-from-to = { $from } to { $to }
ticket-quoted = : “{ $words }”
reason-quoted = “{ $words }”.
days-from = from
days-since = since
clock-before =
    { $count ->
        [one] { $count } other deadline before this
       *[other] { $count } other deadlines before this
    }
clock-before-missed = { $count ->
        [one] , one of them missed
       *[other] , { $count } of them missed
    }
why-set-aside =
    { $count ->
        [one] { $count } other reading set aside
       *[other] { $count } other readings set aside
    }

## Logged call

call-contact = Who called
call-contact-hint = The person’s email address; their contract follows from it.
call-needs-contact = Give the person’s email address.
call-channel = By which means
call-time = At what time
call-time-hint = Your time. Empty: now. Deadlines count from this time.
call-time-wrong = Give a date and a time, for example 2026-11-24 11:20.
call-time-future = This time has not passed yet. Give that of the call.
call-body = What the person said
call-open = Open the request

## What happened

event-desk = The desk
event-opened = Request received { $channel }.
event-learnt = { $by } classifies: { $facts }.
event-coverage-found = Coverage by the contract: { $verdict }.
event-coverage-judged = { $by } judges the request { $verdict }.
event-taken = { $by } takes the request.
event-assigned = { $by } gives the request to { $to }.
event-unassigned = { $by } leaves the request without an owner.
event-waited = { $by } puts the request on hold: { $party }.
event-resumed = { $by } resumes the request.
event-passed = { $by } passes the request to the vendor { $vendor }, reference { $reference }.
event-came-back = Back from the vendor: { $result }.
event-resolved = { $by } resolves the request: { $outcome }.
event-confirmed = { $by } confirms that it is solved.
event-closed = { $by } closes the request.
event-reopened = { $by } reopens the request.
event-acknowledged = Acknowledgement sent.
event-returned-hard = An email was not delivered: the address does not exist or refuses it.
event-returned-soft = An email was not delivered.
event-returned-delay = An email is late in being delivered.
event-suspected = Seems to belong to request
message-automatic = automatic message
event-wait-began = Clock paused: { $label }.
event-wait-ended = The clock runs again.
event-due-moved = Deadline moved ({ $promise }):
event-retargeted = New target ({ $promise }):
event-warned = Reminder before the deadline ({ $promise }),
event-missed = Deadline missed ({ $promise }):
event-climbed = The request climbs to: { $role }.
event-met = Promise kept: { $promise }.
event-stopped-not-covered = No longer owed ({ $promise }): the request is not covered.
event-stopped-no-longer-applies = No longer owed ({ $promise }): the promise no longer applies.
fact-is = { $fact }: { $value }
fact-erased = erased

## Portal

portal-turn-us = It is our turn
portal-turn-you = It is your turn
portal-turn-third = It is a third party’s turn
portal-turn-nobody = Ended
portal-asked-by = Asked by { $by }
portal-find = Find among your requests
portal-find-button = Find
portal-ended = This request has ended. Reopen it to write.
portal-not-sent = What you wrote and what was not sent
portal-stop-confirmed = Solved
portal-stop-coverage = Coverage decided
portal-stop-escalation = Escalation
portal-stop-meeting = Meeting proposed
portal-stop-duty = Task
portal-stop-reminder = Reminder
portal-stop-not-solved = Not solved yet
portal-stop-destroyed = Contents destroyed
portal-stop-merge = Merging
portal-stop-missed = Deadline missed
portal-stop-next = { $promise }, at the latest
new-reckoned = Reckoned for sending now,
new-reasons = Why: conditions and exclusions consulted

## Contract

agreement-edition = Version { $version }
agreement-version = version { $version }
agreement-adopted = Adopted
agreement-adopted-by = by { $name }
agreement-in-force-for-you = in force for you
agreement-effective = in force since
agreement-as-signed = The text is the one that was signed.

## Demonstration

demo-mail-from = From

## Errors and kinds of problems

error-value-unknown = This value is not possible here.
error-provider-unknown = This provider is not yours.
error-agent-unknown = This person does not belong to the desk.
error-twice = The same stands there twice.
error-cursor = This cursor is not valid. Start the list again.
problem-method-not-allowed = Method not allowed
problem-method-not-allowed-more = This path does not have this method. The OpenAPI document says which it has.
problem-too-large-more = The body is larger than 2 MiB.
problem-needs-consent = Somebody must consent first
problem-needs-consent-more = Give “consent” with who consented, or wait for the customer to confirm.
error-contact-unknown = No contact of the desk has this address.
error-account-unknown = No account of the desk has this key.
error-subject-missing = Write a subject.
error-body-missing = Write a text.
error-party-unknown = A request waits for customer, vendor or third_party.
problem-malformed = Unreadable request
problem-not-signed-in-more = Send a valid token in the Authorization header, as “Bearer TOKEN”.
problem-not-permitted-more = The token, the role or the contract does not permit this. The field clause says which, where there is one.
problem-not-found-more = Nothing has this name, or it is not yours to see.
problem-refused-more = The request is in no state that permits this. Read it again: the field state says so.
problem-conflict-more = The request has changed since the version given by If-Match. Read it again and repeat.
problem-invalid-more = A field has a value that does not do. The field named field says which.
problem-unknown-value-more = The value is not in the agreement’s vocabulary. The field allowed gives those that are.
problem-missing-more = A required field is missing. The field named field says which.
problem-idempotency-more = The same key was used for another content within 24 hours. Take a new key.
problem-malformed-more = The body is no readable JSON, or carries an unknown field.
problem-not-ready-more = The data does not answer for the moment. Try again after the time given by Retry-After.
problem-server-more = The error is recorded. Try again; if it comes back, report it.

## Ways in

by-channel-portal = through the portal
by-channel-email = by email
by-channel-web = through the form
by-channel-phone = by telephone
by-channel-voicemail = by voicemail
by-channel-api = by a program
portal-stop-by-channel = { $channel }, from { $person }.
portal-awaited = We are waiting for: { $what }.
thread-earlier =
    { $count ->
        [one] Show { $count } earlier event
       *[other] Show { $count } earlier events
    }

# Mail that needs somebody.
nav-mail = Mail
kept-title = Mail to look at
kept-what = Letters that became no request, and letters of the desk that did not arrive.
kept-letters = Received, without a request
kept-no-letters = Everything that came became a request, or joined its own.
kept-undelivered = Sent, not arrived
kept-no-undelivered = Nothing was lost on the way.
kept-why-bounce = A report of a mail server that names no letter of the desk.
kept-why-loop = A letter of the desk that came back: answering it would go in circles.
kept-why-channel = The agreement opens no request by email; the sender was told once.
kept-why-no-reply = A letter of a site that nobody here knows, such as one to confirm an address: whoever reads it may act in the name of this mailbox.
kept-why-terms = The agreement opens no request for it. One that is opened from here runs from its arrival.
kept-why-unreadable = The letter could not be read; it is kept as it came.
kept-raw = Download as it came
kept-again = Make it a request
kept-discard = Discard
deed-keep_mail = mail
signature-verified = Signed by { $signer }, verified ({ $scheme }).
signature-unverified-by = Signed, not verified: no known certificate confirms { $signer } ({ $scheme }).
signature-unverified = Signed, not verified: no known key confirms it ({ $scheme }).
signature-broken = False signature: the content has changed ({ $scheme }).
signature-expired = Signed by { $signer } with a certificate or key that no longer holds ({ $scheme }).
signature-other = Signed by { $signer }, who is not the sender shown ({ $scheme }).
signature-partial = Signed in part by { $signer }: the rest of the message is not ({ $scheme }).
signature-encrypted = Encrypted ({ $scheme }): the content cannot be read here; the message is attached as it came.
mail-keys = Trusted certificates and keys
mail-keys-what = Messages signed by S/MIME or OpenPGP are verified with these. What was verified stays shown as it was when it came.
mail-keys-none = None: signatures are shown, not verified.
mail-keys-file = File
mail-keys-file-hint = A certificate or an authority (PEM or DER), or an OpenPGP public key.
mail-keys-address = Address
mail-keys-address-hint = Leave it empty for the addresses that the file names itself.
mail-keys-trust = Trust
mail-keys-authority = Authority
mail-keys-until = Until
mail-keys-remove = Remove
error-mail-key = The file holds no usable certificate or key, or none that names an address.
error-mail-key-address = This is not an address.
mail-templates = Mails that the desk sends
mail-templates-what = What the desk sends by itself leaves in the product’s words, or in yours. What the agreement prescribes comes first. Mails leave as plain text.
mail-templates-own = the product’s words
mail-templates-yours = your words
mail-templates-prescribed = The agreement prescribes its words, which come first: { $clauses }.
mail-templates-gaps = Gaps: { $names }. What follows the bar is written when nothing is known.
mail-templates-subject = Subject of the mail
mail-templates-body = Text
mail-templates-show = Preview
mail-templates-preview = As it would be read
mail-templates-back = Back to the product’s words
mail-templates-earlier = Earlier versions
mail-sample-subject = The printer no longer answers
mail-sample-account = Lavoie Joinery
mail-sample-requester = Maude Arsenault
mail-sample-text = Could you restart the printer and tell us what it shows?
mail-sample-turn = It is our turn: an answer by tomorrow, 9:40.
mail-sample-promise = Response
mail-sample-due = tomorrow, 9:40
mail-sample-state = running
mail-sample-left = 3 h 20
mail-sample-clause = clause 3.2
error-letter-unread = This letter still cannot be read. Download it as it came.
thread-listen = Listen to { $file }
