# Lo que se comunica a las personas, en español. Nombres y variables: docs/notifications.md.

## Palabras

word-target = { $target ->
    [first_response] primera respuesta
    [next_response] siguiente respuesta
    [update] informe de avance
   *[resolution] resolución
}
word-left = { $unit ->
    [minute] { $left ->
        [one] { $left } minuto
       *[other] { $left } minutos
    }
    [hour] { $left ->
        [one] { $left } hora
       *[other] { $left } horas
    }
   *[day] { $left ->
        [one] { $left } día
       *[other] { $left } días
    }
}
word-to = { $to ->
    [waiting_on_customer] a la espera del cliente
    [waiting_on_third_party] a la espera de un tercero
    [developing] corrección en desarrollo
    [testing] corrección en pruebas
    [verifying] corrección en verificación
   *[in_progress] en curso
}

## Equipo

staff-fact = [{ $severity }] { $number } novedad: { $subject }
    .text = Hay novedades en este ticket.
staff-digest = { $count } notificaciones: { $subject }
    .text = { $tickets ->
        [one] Todas tratan del mismo ticket.
       *[other] Tratan de { $tickets } tickets.
    }
staff-opened = [{ $severity }] { $number } abierto: { $subject }
    .text = Ha llegado un ticket nuevo.
staff-replied = [{ $severity }] { $number } respuesta: { $subject }
    .text =
        { $by ->
            [customer] El cliente escribe:
           *[agent] Un agente escribe:
        }

        { $text }
staff-assigned = [{ $severity }] { $number } asignado a { $agent }: { $subject }
    .text = El ticket se ha asignado a { $agent }.
staff-progressed = [{ $severity }] { $number } { word-to }: { $subject }
    .text = Estado actual del ticket: { word-to }.
staff-resolved = [{ $severity }] { $number } resuelto: { $subject }
    .text = El problema se ha resuelto.
staff-reopened = [{ $severity }] { $number } reabierto: { $subject }
    .text = { $reopens ->
        [one] El problema ha vuelto. El ticket se ha reabierto una vez.
       *[other] El problema ha vuelto. El ticket se ha reabierto { $reopens } veces.
    }
staff-closed = [{ $severity }] { $number } cerrado: { $subject }
    .text = El ticket se ha cerrado.
staff-classified = [{ $severity }] { $number } clasificado: { $subject }
    .text = El ticket se ha clasificado.
staff-routed = [{ $severity }] { $number } en cola: { $subject }
    .text = El ticket está ahora en una cola.
staff-timed = [{ $severity }] { $number } plazos fijados: { $subject }
    .text = Se han fijado los plazos del ticket.
staff-target_warned = [{ $severity }] { $number } { word-target } al { $percent } %: { $subject }
    .text = Plazo ({ word-target }): consumido el { $percent } %; tiempo restante: { word-left }.
staff-target_breached = [{ $severity }] { $number } { word-target } fuera de plazo: { $subject }
    .text = El plazo ({ word-target }) ha vencido.
staff-target_at_risk = [{ $severity }] { $number } { word-target } en riesgo ({ $percent } %): { $subject }
    .text = Plazo ({ word-target }): probabilidad de retraso del { $percent } %; tiempo restante: { word-left }.
staff-escalated = [{ $severity }] { $number } escalado a { $to }: { $subject }
    .text = Por favor, hágase cargo de este ticket ({ word-target }).
staff-compensation_accrued = [{ $severity }] { $number } compensación de { $amount } { $currency }: { $subject }
    .text = El plazo incumplido ({ word-target }) cuesta { $amount } { $currency }.
staff-corrected = [{ $severity }] { $number } corregido: { $subject }
    .text = Se ha corregido la clasificación del ticket.
staff-folded = [{ $severity }] { $number } unido a { $incident }: { $subject }
    .text = El ticket informa de la incidencia { $incident }.
staff-unfolded = [{ $severity }] { $number } separado: { $subject }
    .text = El ticket no pertenece finalmente a la incidencia.
staff-offered = [{ $severity }] { $number } ofrecido a { $agent }: { $subject }
    .text = El ticket se ha ofrecido a { $agent }, que puede aceptarlo o rechazarlo hasta el plazo indicado abajo.
staff-accepted = [{ $severity }] { $number } aceptado por { $agent }: { $subject }
    .text = { $agent } se hace cargo del ticket.
staff-declined = [{ $severity }] { $number } rechazado por { $agent }: { $subject }
    .text = { $agent } no se hace cargo del ticket.
staff-requeued = [{ $severity }] { $number } retirado a { $agent }: { $subject }
    .text = { $why ->
        [declined] { $agent } no se hace cargo del ticket, que vuelve a esperar en su cola.
        [timed_out] { $agent } no ha respondido a tiempo. El ticket vuelve a esperar en su cola.
        [agent_gone] { $agent } ya no está. El ticket vuelve a esperar en su cola.
       *[transferred] El ticket se ha transferido y vuelve a esperar en una cola.
    }
staff-transferred = [{ $severity }] { $number } transferido a { $to }: { $subject }
    .text = El ticket se ha transferido a { $to }.
staff-info_requested = [{ $severity }] { $number } información solicitada: { $subject }
    .text = { $question }

## Clientes

customer-fact = Novedades sobre su solicitud { $number }
    .text = Hay novedades sobre su solicitud. Seguimos ocupándonos de ella.
customer-opened = Hemos recibido su solicitud { $number }
    .text =
        Gracias por ponerse en contacto con nosotros. Hemos recibido su solicitud y le responderemos.

        Si tiene alguna pregunta, indique por favor el número { $number }.
customer-replied = { $by ->
        [customer] Hemos recibido su mensaje sobre { $number }
       *[agent] Nueva respuesta a su solicitud { $number }
    }
    .text = { $by ->
        [customer] Gracias por su mensaje. Lo hemos añadido a su solicitud.
       *[agent] { $text }
    }
customer-assigned = Su solicitud { $number } está en buenas manos
    .text = Una persona de nuestro equipo de soporte se ocupa ya de su solicitud.
customer-progressed = Novedades sobre su solicitud { $number }
    .text = { $to ->
        [waiting_on_customer] Para continuar necesitamos una respuesta suya. Por favor, responda a este mensaje.
        [waiting_on_third_party] Esperamos a un tercero del que depende la solución y seguimos pendientes de su solicitud.
        [developing] Sabemos qué hay que hacer y estamos preparando una solución.
        [testing] Hay una solución lista y la estamos probando.
        [verifying] La solución está aplicada. Comprobamos junto con usted que funciona.
       *[in_progress] Estamos trabajando en su solicitud.
    }
customer-resolved = Su solicitud { $number } está resuelta
    .text = Hemos resuelto su solicitud. Si algo todavía no está bien, responda por favor a este mensaje y la retomaremos.
customer-reopened = Hemos retomado su solicitud { $number }
    .text = Su solicitud vuelve a estar abierta y nos ocupamos de ella.
customer-closed = Su solicitud { $number } está cerrada
    .text = Hemos cerrado su solicitud. Gracias por su paciencia. Si nos necesita de nuevo, estamos a su disposición.
customer-classified = Novedades sobre su solicitud { $number }
    .text = Hemos revisado su solicitud y la pasamos a las personas adecuadas.
customer-routed = Novedades sobre su solicitud { $number }
    .text = Su solicitud está ahora en manos del equipo responsable.
customer-timed = Novedades sobre su solicitud { $number }
    .text = Su solicitud está planificada y nos ocupamos de ella.
customer-target_warned = Su solicitud { $number } está en curso
    .text = No hemos olvidado su solicitud y trabajamos en ella.
customer-target_breached = Su solicitud { $number } tarda más de lo prometido
    .text = Su solicitud tarda más de lo que le prometimos. Le pedimos disculpas. Trabajamos en ella y le avisaremos en cuanto haya novedades.
customer-target_at_risk = Su solicitud { $number } está en curso
    .text = No hemos olvidado su solicitud y trabajamos en ella.
customer-escalated = Su solicitud { $number } recibe más atención
    .text = Hemos pedido a más compañeros que se ocupen de su solicitud.
customer-compensation_accrued = Un abono por su solicitud { $number }
    .text = No hemos cumplido un compromiso sobre su solicitud y le pedimos disculpas. Según nuestro acuerdo, le corresponde un abono; su persona de contacto le dará los detalles.
customer-corrected = Novedades sobre su solicitud { $number }
    .text = Hemos actualizado los datos de su solicitud.
customer-folded = Su solicitud { $number } corresponde a una incidencia que conocemos
    .text = Otros clientes nos informan de lo mismo. Trabajamos en una solución para todos y le mantendremos al corriente.
customer-unfolded = Novedades sobre su solicitud { $number }
    .text = Volvemos a ocuparnos de su solicitud por separado.
customer-offered = Novedades sobre su solicitud { $number }
    .text = Estamos buscando a la persona adecuada para su solicitud.
customer-accepted = Su solicitud { $number } está en buenas manos
    .text = Una persona de nuestro equipo de soporte se ocupa ya de su solicitud.
customer-declined = Novedades sobre su solicitud { $number }
    .text = Estamos buscando a otra persona para su solicitud.
customer-requeued = Novedades sobre su solicitud { $number }
    .text = Su solicitud está en manos del equipo responsable.
customer-transferred = Novedades sobre su solicitud { $number }
    .text = Pasamos su solicitud a las personas adecuadas.
customer-info_requested = Una pregunta sobre su solicitud { $number }
    .text = { $question }
customer-digest = { $count } mensajes sobre sus solicitudes: { $subject }
    .text = { $tickets ->
        [one] Hay { $count } novedades sobre su solicitud.
       *[other] Hay { $count } novedades sobre { $tickets } de sus solicitudes.
    }
customer-closing =
    Atentamente,
    Su equipo de soporte

## Nombres de los campos

field-number = Número
field-subject = Asunto
field-customer = Cliente
field-tier = Nivel
field-region = Región
field-product = Producto
field-category = Categoría
field-queue = Cola
field-opened = Apertura
field-due = Vencimiento
field-reason = Motivo
field-ladder = Cadena de escalado
field-step = Paso
field-computation = Cálculo
field-summary = Solución
field-note = Nota

## Enlaces y sus páginas

link-acknowledge = Confirmar
link-take_over = Hacerme cargo
link-snooze = Recordar más tarde
link-resolve = Marcar como resuelto
page-ask = ¿Quiere hacer esto?
page-confirm = Sí
page-done = Hecho.
page-again = Esto ya se había hecho. No se ha repetido nada.
page-late = Este enlace ha caducado. Abra por favor el propio ticket.
page-wrong = Este enlace no es válido. Cópielo por favor entero.
page-away = Ahora no es posible. Vuelva a intentarlo dentro de un momento.
