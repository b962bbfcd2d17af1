# What people are told, in English. docs/notifications.md explains every name and variable.
#
# A template is a message: its value is the subject, `.text` the text. staff-… is for the support
# organisation, customer-… for the customer, who never reads what the organisation thinks.

## Words

word-target = { $target ->
    [first_response] first response
    [next_response] next response
    [update] update
   *[resolution] resolution
}
word-left = { $unit ->
    [minute] { $left ->
        [one] { $left } minute
       *[other] { $left } minutes
    }
    [hour] { $left ->
        [one] { $left } hour
       *[other] { $left } hours
    }
   *[day] { $left ->
        [one] { $left } day
       *[other] { $left } days
    }
}
word-to = { $to ->
    [waiting_on_customer] waiting for the customer
    [waiting_on_third_party] waiting for somebody else
    [developing] a fix is being written
    [testing] the fix is being tested
    [verifying] the fix is being verified
   *[in_progress] in progress
}

## Staff

staff-fact = [{ $severity }] { $number } { $about }: { $subject }
    .text = There is news of this ticket.
staff-digest = { $count } notifications: { $subject }
    .text = { $tickets ->
        [one] All of them are about one ticket.
       *[other] They are about { $tickets } tickets.
    }
staff-opened = [{ $severity }] { $number } opened: { $subject }
    .text = A new ticket has come in.
staff-replied = [{ $severity }] { $number } replied: { $subject }
    .text =
        { $by ->
            [customer] The customer writes:
           *[agent] An agent writes:
        }

        { $text }
staff-assigned = [{ $severity }] { $number } assigned to { $agent }: { $subject }
    .text = The ticket was given to { $agent }.
staff-progressed = [{ $severity }] { $number } { word-to }: { $subject }
    .text = Where the ticket stands now: { word-to }.
staff-resolved = [{ $severity }] { $number } resolved: { $subject }
    .text = The problem was solved.
staff-reopened = [{ $severity }] { $number } reopened: { $subject }
    .text = { $reopens ->
        [one] The problem came back. The ticket was reopened once.
       *[other] The problem came back. The ticket was reopened { $reopens } times.
    }
staff-closed = [{ $severity }] { $number } closed: { $subject }
    .text = The ticket was closed.
staff-classified = [{ $severity }] { $number } classified: { $subject }
    .text = The ticket was labelled.
staff-routed = [{ $severity }] { $number } routed: { $subject }
    .text = The ticket stands in a queue now.
staff-timed = [{ $severity }] { $number } deadlines set: { $subject }
    .text = The deadlines of the ticket were set.
staff-target_warned = [{ $severity }] { $number } { word-target } at { $percent } %: { $subject }
    .text = { $percent } % of the time for the { word-target } is used. Time left: { word-left }.
staff-target_breached = [{ $severity }] { $number } { word-target } missed: { $subject }
    .text = The deadline of the { word-target } has passed.
staff-target_at_risk = [{ $severity }] { $number } { word-target } at risk ({ $percent } %): { $subject }
    .text = The { word-target } will be late with a probability of { $percent } %. Time left: { word-left }.
staff-escalated = [{ $severity }] { $number } escalated to { $to }: { $subject }
    .text = Please take care of the { word-target } of this ticket.
staff-compensation_accrued = [{ $severity }] { $number } compensation of { $amount } { $currency }: { $subject }
    .text = The missed { word-target } costs { $amount } { $currency }.
staff-corrected = [{ $severity }] { $number } corrected: { $subject }
    .text = Somebody corrected the labels of the ticket.
staff-folded = [{ $severity }] { $number } folded into { $incident }: { $subject }
    .text = The ticket reports the incident { $incident }.
staff-unfolded = [{ $severity }] { $number } unfolded: { $subject }
    .text = The ticket does not belong to the incident after all.
staff-offered = [{ $severity }] { $number } offered to { $agent }: { $subject }
    .text = The ticket was offered to { $agent }, who can take it or leave it until the time below.
staff-accepted = [{ $severity }] { $number } accepted by { $agent }: { $subject }
    .text = { $agent } takes the ticket.
staff-declined = [{ $severity }] { $number } declined by { $agent }: { $subject }
    .text = { $agent } does not take the ticket.
staff-requeued = [{ $severity }] { $number } taken back from { $agent }: { $subject }
    .text = { $why ->
        [declined] { $agent } does not take the ticket. It waits in its queue again.
        [timed_out] { $agent } did not answer in time. The ticket waits in its queue again.
        [agent_gone] { $agent } is not there any more. The ticket waits in its queue again.
       *[transferred] The ticket was transferred and waits in a queue again.
    }
staff-transferred = [{ $severity }] { $number } transferred to { $to }: { $subject }
    .text = The ticket was transferred to { $to }.
# What asks a customer is for the customer, whoever passes it on; this one is for the record.
staff-info_requested = [{ $severity }] { $number } information requested: { $subject }
    .text = { $question }

## Customers

customer-fact = News about your request { $number }
    .text = There is news about your request. We keep working on it.
customer-opened = We have received your request { $number }
    .text =
        Thank you for contacting us. We have received your request and will get back to you.

        If you have questions, please mention the number { $number }.
customer-replied = { $by ->
        [customer] We have received your message about { $number }
       *[agent] New answer to your request { $number }
    }
    .text = { $by ->
        [customer] Thank you for your message. We have added it to your request.
       *[agent] { $text }
    }
customer-assigned = Your request { $number } is in good hands
    .text = A member of our support team is now taking care of your request.
customer-progressed = News about your request { $number }
    .text = { $to ->
        [waiting_on_customer] To go on, we need an answer from you. Please reply to this message.
        [waiting_on_third_party] We are waiting for somebody whom we need for the solution, and stay on it for you.
        [developing] We know what has to be done and are preparing a solution.
        [testing] A solution is ready and is being tested.
        [verifying] A solution is in place. Together with you, we are making sure that it holds.
       *[in_progress] We are working on your request.
    }
customer-resolved = Your request { $number } has been resolved
    .text = We have resolved your request. If anything is still not as it should be, please reply to this message and we will take it up again.
customer-reopened = We have taken up your request { $number } again
    .text = Your request is open again, and we are taking care of it.
customer-closed = Your request { $number } has been closed
    .text = We have closed your request. Thank you for your patience. If you need us again, you are always welcome.
customer-classified = News about your request { $number }
    .text = We have looked at your request and are passing it to the right people.
customer-routed = News about your request { $number }
    .text = Your request is now with the team that is responsible for it.
customer-timed = News about your request { $number }
    .text = Your request is planned in, and we are taking care of it.
customer-target_warned = Your request { $number } is being worked on
    .text = We have not forgotten your request and are working on it.
customer-target_breached = Your request { $number } is taking longer than we promised
    .text = Your request is taking longer than we promised. We are sorry. We are working on it and will let you know as soon as there is news.
customer-target_at_risk = Your request { $number } is being worked on
    .text = We have not forgotten your request and are working on it.
customer-escalated = Your request { $number } gets more attention
    .text = We have asked further colleagues to take care of your request.
customer-compensation_accrued = A credit for your request { $number }
    .text = We did not keep a promise about your request. We are sorry. By our agreement you are due a credit; your contact will tell you the details.
customer-corrected = News about your request { $number }
    .text = We have updated the details of your request.
customer-folded = Your request { $number } belongs to an incident that we know of
    .text = Others report what you report. We are working on a solution for everybody and keep you informed.
customer-unfolded = News about your request { $number }
    .text = We are taking care of your request separately again.
customer-offered = News about your request { $number }
    .text = We are asking the right person to take care of your request.
customer-accepted = Your request { $number } is in good hands
    .text = A member of our support team is now taking care of your request.
customer-declined = News about your request { $number }
    .text = We are asking another colleague to take care of your request.
customer-requeued = News about your request { $number }
    .text = Your request is with the team that is responsible for it.
customer-transferred = News about your request { $number }
    .text = We are passing your request to the right people.
customer-info_requested = A question about your request { $number }
    .text = { $question }
customer-digest = { $count } messages about your requests: { $subject }
    .text = { $tickets ->
        [one] There are { $count } pieces of news about your request.
       *[other] There are { $count } pieces of news about { $tickets } of your requests.
    }
customer-closing =
    Kind regards
    Your support team

## Names of fields

field-number = Number
field-subject = Subject
field-customer = Customer
field-tier = Tier
field-region = Region
field-product = Product
field-category = Category
field-queue = Queue
field-opened = Opened
field-due = Due
field-reason = Reason
field-ladder = Ladder
field-step = Step
field-computation = Computation
field-summary = Solution
field-note = Note

## Links, and their pages

link-acknowledge = Acknowledge
link-take_over = Take over
link-snooze = Remind me later
link-resolve = Mark as resolved
page-ask = Do you want to do this?
page-confirm = Yes
page-done = Done.
page-again = This was done before. Nothing happened again.
page-late = This link has expired. Please open the ticket itself.
page-wrong = This link is not valid. Please copy it whole.
page-away = This cannot be done right now. Please try again in a moment.
