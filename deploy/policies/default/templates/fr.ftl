# Ce qui est dit aux personnes, en français. Noms et variables : docs/notifications.md.

## Mots

word-target = { $target ->
    [first_response] première réponse
    [next_response] réponse suivante
    [update] point d’avancement
   *[resolution] résolution
}
word-left = { $unit ->
    [minute] { $left ->
        [one] { $left } minute
       *[other] { $left } minutes
    }
    [hour] { $left ->
        [one] { $left } heure
       *[other] { $left } heures
    }
   *[day] { $left ->
        [one] { $left } jour
       *[other] { $left } jours
    }
}
word-to = { $to ->
    [waiting_on_customer] en attente du client
    [waiting_on_third_party] en attente d’un tiers
    [developing] correctif en préparation
    [testing] correctif en test
    [verifying] correctif en vérification
   *[in_progress] en cours
}

## Équipe

staff-fact = [{ $severity }] { $number } du nouveau : { $subject }
    .text = Il y a du nouveau sur ce ticket.
staff-digest = { $count } notifications : { $subject }
    .text = { $tickets ->
        [one] Toutes concernent le même ticket.
       *[other] Elles concernent { $tickets } tickets.
    }
staff-opened = [{ $severity }] { $number } ouvert : { $subject }
    .text = Un nouveau ticket est arrivé.
staff-replied = [{ $severity }] { $number } réponse : { $subject }
    .text =
        { $by ->
            [customer] Le client écrit :
           *[agent] Un agent écrit :
        }

        { $text }
staff-assigned = [{ $severity }] { $number } attribué à { $agent } : { $subject }
    .text = Le ticket a été attribué à { $agent }.
staff-progressed = [{ $severity }] { $number } { word-to } : { $subject }
    .text = État actuel du ticket : { word-to }.
staff-resolved = [{ $severity }] { $number } résolu : { $subject }
    .text = Le problème est résolu.
staff-reopened = [{ $severity }] { $number } rouvert : { $subject }
    .text = { $reopens ->
        [one] Le problème est revenu. Le ticket a été rouvert { $reopens } fois.
       *[other] Le problème est revenu. Le ticket a été rouvert { $reopens } fois.
    }
staff-closed = [{ $severity }] { $number } fermé : { $subject }
    .text = Le ticket a été fermé.
staff-classified = [{ $severity }] { $number } classé : { $subject }
    .text = Le ticket a été classé.
staff-routed = [{ $severity }] { $number } mis en file : { $subject }
    .text = Le ticket se trouve maintenant dans une file.
staff-timed = [{ $severity }] { $number } échéances fixées : { $subject }
    .text = Les échéances du ticket ont été fixées.
staff-target_warned = [{ $severity }] { $number } { word-target } à { $percent } % : { $subject }
    .text = Échéance ({ word-target }) : { $percent } % du temps est écoulé, il reste { word-left }.
staff-target_breached = [{ $severity }] { $number } délai dépassé, { word-target } : { $subject }
    .text = L’échéance ({ word-target }) est dépassée.
staff-target_at_risk = [{ $severity }] { $number } risque de retard, { word-target } ({ $percent } %) : { $subject }
    .text = Échéance ({ word-target }) : probabilité de retard de { $percent } %, il reste { word-left }.
staff-escalated = [{ $severity }] { $number } escaladé à { $to } : { $subject }
    .text = Merci de prendre en charge ce ticket ({ word-target }).
staff-compensation_accrued = [{ $severity }] { $number } compensation de { $amount } { $currency } : { $subject }
    .text = L’échéance manquée ({ word-target }) coûte { $amount } { $currency }.
staff-corrected = [{ $severity }] { $number } corrigé : { $subject }
    .text = Le classement du ticket a été corrigé.
staff-folded = [{ $severity }] { $number } rattaché à { $incident } : { $subject }
    .text = Le ticket signale l’incident { $incident }.
staff-unfolded = [{ $severity }] { $number } détaché : { $subject }
    .text = Le ticket ne relève finalement pas de l’incident.
staff-offered = [{ $severity }] { $number } proposé à { $agent } : { $subject }
    .text = Le ticket a été proposé à { $agent }, qui peut l’accepter ou le refuser jusqu’à l’échéance ci-dessous.
staff-accepted = [{ $severity }] { $number } accepté par { $agent } : { $subject }
    .text = { $agent } prend le ticket en charge.
staff-declined = [{ $severity }] { $number } refusé par { $agent } : { $subject }
    .text = { $agent } ne prend pas le ticket en charge.
staff-requeued = [{ $severity }] { $number } retiré à { $agent } : { $subject }
    .text = { $why ->
        [declined] { $agent } ne prend pas le ticket en charge. Il attend de nouveau dans sa file.
        [timed_out] { $agent } n’a pas répondu à temps. Le ticket attend de nouveau dans sa file.
        [agent_gone] { $agent } n’est plus là. Le ticket attend de nouveau dans sa file.
       *[transferred] Le ticket a été transféré et attend de nouveau dans une file.
    }
staff-transferred = [{ $severity }] { $number } transféré à { $to } : { $subject }
    .text = Le ticket a été transféré à { $to }.
staff-info_requested = [{ $severity }] { $number } informations demandées : { $subject }
    .text = { $question }

## Clients

customer-fact = Des nouvelles de votre demande { $number }
    .text = Il y a du nouveau concernant votre demande. Nous continuons à nous en occuper.
customer-opened = Nous avons bien reçu votre demande { $number }
    .text =
        Merci de nous avoir contactés. Nous avons bien reçu votre demande et reviendrons vers vous.

        Pour toute question, merci d’indiquer le numéro { $number }.
customer-replied = { $by ->
        [customer] Nous avons bien reçu votre message au sujet de { $number }
       *[agent] Nouvelle réponse à votre demande { $number }
    }
    .text = { $by ->
        [customer] Merci pour votre message. Nous l’avons ajouté à votre demande.
       *[agent] { $text }
    }
customer-assigned = Votre demande { $number } est entre de bonnes mains
    .text = Une personne de notre équipe d’assistance s’occupe maintenant de votre demande.
customer-progressed = Des nouvelles de votre demande { $number }
    .text = { $to ->
        [waiting_on_customer] Pour continuer, nous avons besoin d’une réponse de votre part. Merci de répondre à ce message.
        [waiting_on_third_party] Nous attendons un tiers dont dépend la solution et suivons votre demande de près.
        [developing] Nous savons ce qu’il faut faire et préparons une solution.
        [testing] Une solution est prête et en cours de test.
        [verifying] Une solution est en place. Nous vérifions avec vous qu’elle tient.
       *[in_progress] Nous travaillons sur votre demande.
    }
customer-resolved = Votre demande { $number } est résolue
    .text = Nous avons résolu votre demande. Si quelque chose n’allait toujours pas, il vous suffit de répondre à ce message et nous la reprendrons.
customer-reopened = Nous avons repris votre demande { $number }
    .text = Votre demande est de nouveau ouverte et nous nous en occupons.
customer-closed = Votre demande { $number } est close
    .text = Nous avons clos votre demande. Merci de votre patience. Nous restons à votre disposition.
customer-classified = Des nouvelles de votre demande { $number }
    .text = Nous avons examiné votre demande et la transmettons aux bonnes personnes.
customer-routed = Des nouvelles de votre demande { $number }
    .text = Votre demande est maintenant entre les mains de l’équipe compétente.
customer-timed = Des nouvelles de votre demande { $number }
    .text = Votre demande est planifiée et nous nous en occupons.
customer-target_warned = Votre demande { $number } est en cours de traitement
    .text = Nous n’oublions pas votre demande et y travaillons.
customer-target_breached = Votre demande { $number } prend plus de temps que promis
    .text = Votre demande prend plus de temps que nous ne l’avions promis. Nous vous prions de nous en excuser. Nous y travaillons et vous préviendrons dès qu’il y aura du nouveau.
customer-target_at_risk = Votre demande { $number } est en cours de traitement
    .text = Nous n’oublions pas votre demande et y travaillons.
customer-escalated = Votre demande { $number } reçoit davantage d’attention
    .text = Nous avons demandé à d’autres collègues de s’occuper de votre demande.
customer-compensation_accrued = Un avoir pour votre demande { $number }
    .text = Nous n’avons pas tenu un engagement concernant votre demande et vous prions de nous en excuser. Conformément à notre contrat, un avoir vous est dû ; votre interlocuteur vous en précisera les détails.
customer-corrected = Des nouvelles de votre demande { $number }
    .text = Nous avons mis à jour les informations de votre demande.
customer-folded = Votre demande { $number } relève d’un incident que nous connaissons
    .text = D’autres clients signalent la même chose. Nous travaillons à une solution pour tous et vous tiendrons informés.
customer-unfolded = Des nouvelles de votre demande { $number }
    .text = Nous traitons de nouveau votre demande séparément.
customer-offered = Des nouvelles de votre demande { $number }
    .text = Nous cherchons la bonne personne pour s’occuper de votre demande.
customer-accepted = Votre demande { $number } est entre de bonnes mains
    .text = Une personne de notre équipe d’assistance s’occupe maintenant de votre demande.
customer-declined = Des nouvelles de votre demande { $number }
    .text = Nous cherchons une autre personne pour s’occuper de votre demande.
customer-requeued = Des nouvelles de votre demande { $number }
    .text = Votre demande est entre les mains de l’équipe compétente.
customer-transferred = Des nouvelles de votre demande { $number }
    .text = Nous transmettons votre demande aux personnes compétentes.
customer-info_requested = Une question sur votre demande { $number }
    .text = { $question }
customer-digest = { $count } messages concernant vos demandes : { $subject }
    .text = { $tickets ->
        [one] Il y a { $count } nouvelles concernant votre demande.
       *[other] Il y a { $count } nouvelles concernant { $tickets } de vos demandes.
    }
customer-closing =
    Cordialement,
    Votre équipe d’assistance

## Noms des champs

field-number = Numéro
field-subject = Objet
field-customer = Client
field-tier = Niveau
field-region = Région
field-product = Produit
field-category = Catégorie
field-queue = File
field-opened = Ouverture
field-due = Échéance
field-reason = Motif
field-ladder = Chaîne d’escalade
field-step = Étape
field-computation = Calcul
field-summary = Solution
field-note = Note

## Liens et leurs pages

link-acknowledge = Accuser réception
link-take_over = Prendre en charge
link-snooze = Me le rappeler plus tard
link-resolve = Marquer comme résolu
page-ask = Voulez-vous faire cela ?
page-confirm = Oui
page-done = C’est fait.
page-again = Cela avait déjà été fait. Rien n’a été refait.
page-late = Ce lien a expiré. Merci d’ouvrir le ticket lui-même.
page-wrong = Ce lien n’est pas valable. Merci de le copier en entier.
page-away = C’est impossible pour le moment. Merci de réessayer dans un instant.
