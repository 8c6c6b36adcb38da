## Mails

mail-reply-above = -- Reply above this line --
mail-greeting = Hello,
mail-follow = Follow the request: { $link }
mail-open-request = Open the request: { $link }
mail-by-clause = This is what the contract says, { $clause }.
mail-about = Subject: { $subject }
mail-about-account =
    Subject: { $subject }
    Customer: { $account }

mail-acknowledgement-subject = [{ $number }] Request received: { $subject }
mail-acknowledgement-received = Your request “{ $subject }” has arrived. Its number is { $number }.
mail-acknowledgement-add = To add a detail or a file, reply to this email: everything goes into the request.

mail-neutral-subject = [{ $number }] Message received
mail-neutral-received = Your message has reached { $provider } under the number { $number }. A person of the team reads it and answers to this address.
mail-neutral-ignore = If you sent nothing, ignore this email.

mail-stranger-subject = [{ $number }] News
mail-stranger-why = { $provider } writes to you because a message came from your address, under the number { $number }. If you sent nothing, ignore this email.

mail-reply-subject = [{ $number }] { $subject }
mail-reply-signature =
    { $agent }
    { $provider }

mail-promise-state = { $promise }: { $state }.
mail-promise-state-left = { $promise }: { $state } ({ $left }).
mail-warning-subject = [{ $number }] Deadline near, { $promise }: { $subject }
mail-warning = A deadline of request { $number } is near. Promise: { $promise }.
mail-missed-binding-subject = [{ $number }] Deadline missed, { $promise }: { $subject }
mail-missed-binding = A deadline of request { $number } is missed. Promise: { $promise }.
mail-missed-objective-subject = [{ $number }] Objective missed, { $promise }: { $subject }
mail-missed-objective = An objective of request { $number } is missed. Promise: { $promise }.
mail-missed-estimate-subject = [{ $number }] Estimate exceeded, { $promise }: { $subject }
mail-missed-estimate = An estimate of request { $number } is exceeded. Promise: { $promise }.
mail-escalation-subject = [{ $number }] Request escalated, { $promise }: { $subject }
mail-escalation = Request { $number } climbs to this role: { $role }. Promise concerned: { $promise }.

mail-customer-wrote-subject = [{ $number }] { $author } wrote: { $subject }
mail-customer-wrote = { $author } wrote in request { $number }.

mail-returned-subject = [{ $number }] Email to { $author } was not delivered
mail-returned = The email sent to { $author } about request { $number } was not delivered.
mail-returned-reason = The server said: { $reason }

mail-sign-in-subject = Your sign-in link for { $provider }
mail-sign-in-link =
    Open this link in the browser where you asked for it, then confirm:
    { $link }
mail-sign-in-code = Or enter this code on the sign-in page: { $code }
mail-sign-in-ignore = It works once and is good for 10 minutes. If you asked for nothing, ignore this email.

mail-full-strangers-subject = Emails to unknown addresses: the day’s ceiling is reached
mail-full-strangers = Within a day, { $most } emails left by themselves for unknown addresses: that is the ceiling of this installation. Further ones are held while it is reached; the requests themselves are opened. Somebody may be writing under the addresses of others.
mail-full-strangers-link = See what is held: { $link }

mail-full-person-subject = A burst of requests from { $name }
mail-full-person = { $name } opened more than { $most } requests by email within an hour, or three times as many within a day: a machine may be answering our receipts. The requests beyond are opened, and nothing leaves about them by itself; your answers leave as ever.
mail-full-person-link = The first one: { $link }

mail-webhook-off-subject = Webhook switched off: { $url }
mail-webhook-off = Nothing is sent to { $url } any more: nothing arrived there for five days, or the address answered that it is gone.
mail-webhook-off-again =
    Nothing is lost: switched on again, it is told what it missed.
    See what was sent and switch it on: { $link }
mail-webhook-unkept = Nothing is sent to { $url } any more: whoever kept this webhook has left, or may not keep webhooks any more.
mail-rule-unkept-subject = Rule switched off: { $title }
mail-rule-unkept = The rule “{ $title }” acts no more: whoever kept it has left, or may not keep rules any more.
mail-rule-meaningless = The rule “{ $title }” acts no more: its condition “{ $condition }” names something that is no longer there.
mail-rule-unkept-again =
    Whoever saves it again keeps it, and it acts for them.
    See the rules: { $link }

# The mails that the desk sends by itself: their names, and when they leave.
mail-kinds-customers = To the customer
mail-kinds-colleagues = To the team
mail-templates-all = All mails
mail-templates-french = français
mail-templates-english = English
delivery-kind-acknowledgement = receipt
mail-leaves-acknowledgement = Leaves as soon as a request is recorded. It says its number, whose turn it is and by when.
delivery-kind-reply = answer
mail-leaves-reply = Leaves when an agent answers the customer, with what the agent wrote.
delivery-kind-reminder = reminder
mail-leaves-reminder = Leaves when the customer has not answered and the request will soon be closed.
delivery-kind-customer-wrote = message from the customer
mail-leaves-customer-wrote = Leaves when a customer writes in a request, to whoever handles it and whoever follows it.
delivery-kind-returned = mail not delivered
mail-leaves-returned = Leaves when a mail of the desk did not reach the customer.
delivery-kind-update-asked = news asked for
mail-leaves-update-asked = Leaves when a customer asks how the work goes on.
delivery-kind-woken = request to take up again
mail-leaves-woken = Leaves when a request that was put off is to be looked at again.
delivery-kind-warning = deadline near
mail-leaves-warning = Leaves when a deadline comes near, at the moment that the agreement sets.
delivery-kind-missed = deadline missed
mail-leaves-missed = Leaves at the minute a deadline is missed.
delivery-kind-escalation = escalation
mail-leaves-escalation = Leaves when an escalation is asked for, or when a missed deadline climbs to somebody in charge.
delivery-kind-told = notice of the agreement
mail-wanted = One thing is missing before our deadlines can be counted: { $label }. Please answer with a line that says “{ $label }: …”. Our deadlines count from when your request came.
mail-wanted-values = Possible answers: { $values }.
delivery-kind-satisfaction = opinion of the customer
mail-leaves-satisfaction = Leaves once a request is closed, to ask the customer how they were helped.
