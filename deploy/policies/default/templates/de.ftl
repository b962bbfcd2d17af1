# Was Menschen mitgeteilt wird: Deutsch. Namen und Variablen stehen in docs/notifications.md.

## Wörter

word-target = { $target ->
    [first_response] Erste Antwort
    [next_response] Nächste Antwort
    [update] Zwischenstand
   *[resolution] Lösung
}
word-left = { $unit ->
    [minute] { $left ->
        [one] noch { $left } Minute
       *[other] noch { $left } Minuten
    }
    [hour] { $left ->
        [one] noch { $left } Stunde
       *[other] noch { $left } Stunden
    }
   *[day] { $left ->
        [one] noch { $left } Tag
       *[other] noch { $left } Tage
    }
}
word-to = { $to ->
    [waiting_on_customer] wartet auf den Kunden
    [waiting_on_third_party] wartet auf Dritte
    [developing] Behebung in Entwicklung
    [testing] Behebung im Test
    [verifying] Behebung wird geprüft
   *[in_progress] in Bearbeitung
}

## Für das Team

staff-fact = [{ $severity }] { $number } Neuigkeit: { $subject }
    .text = Zu diesem Ticket gibt es Neuigkeiten.
staff-digest = { $count } Meldungen: { $subject }
    .text = { $tickets ->
        [one] Alle betreffen dasselbe Ticket.
       *[other] Sie betreffen { $tickets } Tickets.
    }
staff-opened = [{ $severity }] { $number } eröffnet: { $subject }
    .text = Ein neues Ticket ist eingegangen.
staff-replied = [{ $severity }] { $number } Antwort: { $subject }
    .text =
        { $by ->
            [customer] Der Kunde schreibt:
           *[agent] Die Bearbeitung schreibt:
        }

        { $text }
staff-assigned = [{ $severity }] { $number } zugewiesen an { $agent }: { $subject }
    .text = Das Ticket wurde { $agent } zugewiesen.
staff-progressed = [{ $severity }] { $number } { word-to }: { $subject }
    .text = Stand des Tickets: { word-to }.
staff-resolved = [{ $severity }] { $number } gelöst: { $subject }
    .text = Das Problem ist gelöst.
staff-reopened = [{ $severity }] { $number } wieder eröffnet: { $subject }
    .text = { $reopens ->
        [one] Das Problem ist wieder aufgetreten. Das Ticket wurde einmal wieder eröffnet.
       *[other] Das Problem ist wieder aufgetreten. Das Ticket wurde { $reopens }-mal wieder eröffnet.
    }
staff-closed = [{ $severity }] { $number } geschlossen: { $subject }
    .text = Das Ticket wurde geschlossen.
staff-classified = [{ $severity }] { $number } eingeordnet: { $subject }
    .text = Das Ticket wurde eingeordnet.
staff-routed = [{ $severity }] { $number } in Warteschlange: { $subject }
    .text = Das Ticket steht jetzt in einer Warteschlange.
staff-timed = [{ $severity }] { $number } Fristen gesetzt: { $subject }
    .text = Die Fristen des Tickets wurden gesetzt.
staff-target_warned = [{ $severity }] { $number } { word-target } bei { $percent } %: { $subject }
    .text = { word-target }: { $percent } % der Zeit sind verbraucht, { word-left }.
staff-target_breached = [{ $severity }] { $number } { word-target } versäumt: { $subject }
    .text = { word-target }: Die Frist ist verstrichen.
staff-target_at_risk = [{ $severity }] { $number } { word-target } gefährdet ({ $percent } %): { $subject }
    .text = { word-target }: Mit einer Wahrscheinlichkeit von { $percent } % wird die Frist versäumt; { word-left }.
staff-escalated = [{ $severity }] { $number } eskaliert an { $to }: { $subject }
    .text = Bitte kümmern Sie sich um dieses Ticket ({ word-target }).
staff-compensation_accrued = [{ $severity }] { $number } Gutschrift von { $amount } { $currency }: { $subject }
    .text = { word-target } versäumt: Das kostet { $amount } { $currency }.
staff-corrected = [{ $severity }] { $number } berichtigt: { $subject }
    .text = Die Einordnung des Tickets wurde berichtigt.
staff-folded = [{ $severity }] { $number } zugeordnet zu { $incident }: { $subject }
    .text = Das Ticket meldet die Störung { $incident }.
staff-unfolded = [{ $severity }] { $number } Zuordnung aufgehoben: { $subject }
    .text = Das Ticket gehört doch nicht zu der Störung.
staff-offered = [{ $severity }] { $number } angeboten an { $agent }: { $subject }
    .text = Das Ticket wurde { $agent } angeboten. Bis zur unten genannten Frist kann es angenommen oder abgelehnt werden.
staff-accepted = [{ $severity }] { $number } angenommen von { $agent }: { $subject }
    .text = { $agent } übernimmt das Ticket.
staff-declined = [{ $severity }] { $number } abgelehnt von { $agent }: { $subject }
    .text = { $agent } übernimmt das Ticket nicht.
staff-requeued = [{ $severity }] { $number } zurückgenommen von { $agent }: { $subject }
    .text = { $why ->
        [declined] { $agent } übernimmt das Ticket nicht. Es steht wieder in seiner Warteschlange.
        [timed_out] { $agent } hat nicht rechtzeitig geantwortet. Das Ticket steht wieder in seiner Warteschlange.
        [agent_gone] { $agent } ist nicht mehr da. Das Ticket steht wieder in seiner Warteschlange.
       *[transferred] Das Ticket wurde weitergegeben und steht wieder in einer Warteschlange.
    }
staff-transferred = [{ $severity }] { $number } weitergegeben an { $to }: { $subject }
    .text = Das Ticket wurde an { $to } weitergegeben.
staff-info_requested = [{ $severity }] { $number } Rückfrage gestellt: { $subject }
    .text = { $question }

## Für Kundinnen und Kunden

customer-fact = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Es gibt Neuigkeiten zu Ihrer Anfrage. Wir bleiben daran.
customer-opened = Wir haben Ihre Anfrage { $number } erhalten
    .text =
        Vielen Dank für Ihre Nachricht. Wir haben Ihre Anfrage erhalten und melden uns bei Ihnen.

        Bei Fragen nennen Sie bitte die Nummer { $number }.
customer-replied = { $by ->
        [customer] Wir haben Ihre Nachricht zu { $number } erhalten
       *[agent] Neue Antwort auf Ihre Anfrage { $number }
    }
    .text = { $by ->
        [customer] Vielen Dank für Ihre Nachricht. Wir haben sie Ihrer Anfrage hinzugefügt.
       *[agent] { $text }
    }
customer-assigned = Ihre Anfrage { $number } ist in guten Händen
    .text = Eine Fachkraft unseres Support-Teams kümmert sich jetzt um Ihre Anfrage.
customer-progressed = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = { $to ->
        [waiting_on_customer] Um fortzufahren, benötigen wir eine Antwort von Ihnen. Bitte antworten Sie auf diese Nachricht.
        [waiting_on_third_party] Wir warten auf jemanden, den wir für die Lösung brauchen, und bleiben für Sie daran.
        [developing] Wir wissen, was zu tun ist, und bereiten eine Lösung vor.
        [testing] Eine Lösung liegt vor und wird getestet.
        [verifying] Eine Lösung ist eingespielt. Gemeinsam mit Ihnen stellen wir sicher, dass sie hält.
       *[in_progress] Wir arbeiten an Ihrer Anfrage.
    }
customer-resolved = Ihre Anfrage { $number } ist gelöst
    .text = Wir haben Ihre Anfrage gelöst. Sollte noch etwas nicht stimmen, antworten Sie bitte auf diese Nachricht; wir nehmen uns der Sache dann wieder an.
customer-reopened = Wir haben Ihre Anfrage { $number } wieder aufgenommen
    .text = Ihre Anfrage ist wieder offen, und wir kümmern uns darum.
customer-closed = Ihre Anfrage { $number } wurde geschlossen
    .text = Wir haben Ihre Anfrage geschlossen. Vielen Dank für Ihre Geduld. Wenn Sie uns wieder brauchen, sind wir gern für Sie da.
customer-classified = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Wir haben Ihre Anfrage gesichtet und geben sie an die richtige Stelle weiter.
customer-routed = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Ihre Anfrage liegt jetzt bei dem Team, das dafür zuständig ist.
customer-timed = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Ihre Anfrage ist eingeplant, und wir kümmern uns darum.
customer-target_warned = Ihre Anfrage { $number } ist in Arbeit
    .text = Wir haben Ihre Anfrage im Blick und arbeiten daran.
customer-target_breached = Ihre Anfrage { $number } dauert länger als zugesagt
    .text = Ihre Anfrage dauert länger, als wir Ihnen zugesagt haben. Das tut uns leid. Wir arbeiten daran und melden uns, sobald es Neuigkeiten gibt.
customer-target_at_risk = Ihre Anfrage { $number } ist in Arbeit
    .text = Wir haben Ihre Anfrage im Blick und arbeiten daran.
customer-escalated = Ihre Anfrage { $number } erhält mehr Aufmerksamkeit
    .text = Wir haben weitere Kolleginnen und Kollegen gebeten, sich um Ihre Anfrage zu kümmern.
customer-compensation_accrued = Eine Gutschrift zu Ihrer Anfrage { $number }
    .text = Wir haben eine Zusage zu Ihrer Anfrage nicht eingehalten. Das tut uns leid. Nach unserer Vereinbarung steht Ihnen eine Gutschrift zu; die Einzelheiten erfahren Sie von Ihrer Ansprechperson.
customer-corrected = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Wir haben die Angaben zu Ihrer Anfrage aktualisiert.
customer-folded = Ihre Anfrage { $number } betrifft eine Störung, die uns bekannt ist
    .text = Auch andere melden, was Sie uns melden. Wir arbeiten an einer Lösung für alle und halten Sie auf dem Laufenden.
customer-unfolded = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Wir kümmern uns wieder gesondert um Ihre Anfrage.
customer-offered = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Wir suchen für Ihre Anfrage die richtige Ansprechperson.
customer-accepted = Ihre Anfrage { $number } ist in guten Händen
    .text = Eine Fachkraft unseres Support-Teams kümmert sich jetzt um Ihre Anfrage.
customer-declined = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Wir suchen für Ihre Anfrage eine andere Ansprechperson.
customer-requeued = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Ihre Anfrage liegt bei dem Team, das dafür zuständig ist.
customer-transferred = Neuigkeiten zu Ihrer Anfrage { $number }
    .text = Wir geben Ihre Anfrage an die richtige Stelle weiter.
customer-info_requested = Eine Frage zu Ihrer Anfrage { $number }
    .text = { $question }
customer-digest = { $count } Nachrichten zu Ihren Anfragen: { $subject }
    .text = { $tickets ->
        [one] Es gibt { $count } Neuigkeiten zu Ihrer Anfrage.
       *[other] Es gibt { $count } Neuigkeiten zu { $tickets } Ihrer Anfragen.
    }
customer-closing =
    Mit freundlichen Grüßen
    Ihr Support-Team

## Namen der Felder

field-number = Nummer
field-subject = Betreff
field-customer = Kunde
field-tier = Stufe
field-region = Region
field-product = Produkt
field-category = Kategorie
field-queue = Warteschlange
field-opened = Eröffnet
field-due = Fällig
field-reason = Grund
field-ladder = Eskalationskette
field-step = Stufe der Kette
field-computation = Berechnung
field-summary = Lösung
field-note = Anmerkung

## Links und ihre Seiten

link-acknowledge = Bestätigen
link-take_over = Übernehmen
link-snooze = Später erinnern
link-resolve = Als gelöst markieren
page-ask = Möchten Sie das tun?
page-confirm = Ja
page-done = Erledigt.
page-again = Das wurde bereits erledigt. Es ist nichts noch einmal geschehen.
page-late = Dieser Link ist abgelaufen. Bitte öffnen Sie das Ticket selbst.
page-wrong = Dieser Link ist ungültig. Bitte kopieren Sie ihn vollständig.
page-away = Das geht gerade nicht. Bitte versuchen Sie es gleich noch einmal.
