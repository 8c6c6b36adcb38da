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
mail-acknowledgement-add = To add a detail or a file, reply to this e-mail: everything goes into the request.

mail-neutral-subject = [{ $number }] Message received
mail-neutral-received = Your message has reached { $provider } under the number { $number }. A person of the team reads it and answers to this address.
mail-neutral-ignore = If you sent nothing, ignore this e-mail: nothing else will follow.

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
mail-sign-in-ignore = It works once and is good for 15 minutes. If you asked for nothing, ignore this e-mail.

mail-webhook-off-subject = Webhook switched off: { $url }
mail-webhook-off = Nothing is sent to { $url } any more: nothing arrived there for five days, or the address answered that it is gone.
mail-webhook-off-again =
    Nothing is lost: switched on again, it is told what it missed.
    See what was sent and switch it on: { $link }
