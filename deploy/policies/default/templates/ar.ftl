# ما يُبلَّغ به الناس: العربية. الأسماء والمتغيرات مشروحة في docs/notifications.md.

## كلمات

word-target = { $target ->
    [first_response] الرد الأول
    [next_response] الرد التالي
    [update] إفادة بالمستجدات
   *[resolution] الحل
}
word-left = { $unit ->
    [minute] { $left ->
        [zero] أقل من دقيقة
        [one] دقيقة واحدة
        [two] دقيقتان
        [few] { $left } دقائق
        [many] { $left } دقيقة
       *[other] { $left } دقيقة
    }
    [hour] { $left ->
        [zero] أقل من ساعة
        [one] ساعة واحدة
        [two] ساعتان
        [few] { $left } ساعات
        [many] { $left } ساعة
       *[other] { $left } ساعة
    }
   *[day] { $left ->
        [zero] أقل من يوم
        [one] يوم واحد
        [two] يومان
        [few] { $left } أيام
        [many] { $left } يومًا
       *[other] { $left } يوم
    }
}
word-to = { $to ->
    [waiting_on_customer] بانتظار العميل
    [waiting_on_third_party] بانتظار طرف ثالث
    [developing] الإصلاح قيد الإعداد
    [testing] الإصلاح قيد الاختبار
    [verifying] الإصلاح قيد التحقق
   *[in_progress] قيد المعالجة
}

## فريق الدعم

staff-fact = [{ $severity }] { $number } مستجدات: { $subject }
    .text = هناك جديد في هذه التذكرة.
staff-digest = { $count ->
    [two] إشعاران: { $subject }
    [few] { $count } إشعارات: { $subject }
    [many] { $count } إشعارًا: { $subject }
   *[other] { $count } إشعار: { $subject }
}
    .text = { $tickets ->
        [one] جميعها تخص تذكرة واحدة.
        [two] وهي تخص تذكرتين.
        [few] وهي تخص { $tickets } تذاكر.
        [many] وهي تخص { $tickets } تذكرة.
       *[other] وهي تخص { $tickets } تذكرة.
    }
staff-opened = [{ $severity }] { $number } تذكرة جديدة: { $subject }
    .text = وردت تذكرة جديدة.
staff-replied = [{ $severity }] { $number } رد جديد: { $subject }
    .text =
        { $by ->
            [customer] كتب العميل:
           *[agent] كتب موظف الدعم:
        }

        { $text }
staff-assigned = [{ $severity }] { $number } أُسندت إلى { $agent }: { $subject }
    .text = أُسندت التذكرة إلى { $agent }.
staff-progressed = [{ $severity }] { $number } { word-to }: { $subject }
    .text = حالة التذكرة الآن: { word-to }.
staff-resolved = [{ $severity }] { $number } حُلّت: { $subject }
    .text = تم حل المشكلة.
staff-reopened = [{ $severity }] { $number } أُعيد فتحها: { $subject }
    .text = { $reopens ->
        [zero] عادت المشكلة وأُعيد فتح التذكرة.
        [one] عادت المشكلة. أُعيد فتح التذكرة مرة واحدة.
        [two] عادت المشكلة. أُعيد فتح التذكرة مرتين.
        [few] عادت المشكلة. أُعيد فتح التذكرة { $reopens } مرات.
        [many] عادت المشكلة. أُعيد فتح التذكرة { $reopens } مرة.
       *[other] عادت المشكلة. أُعيد فتح التذكرة { $reopens } مرة.
    }
staff-closed = [{ $severity }] { $number } أُغلقت: { $subject }
    .text = أُغلقت التذكرة.
staff-classified = [{ $severity }] { $number } صُنّفت: { $subject }
    .text = تم تصنيف التذكرة.
staff-routed = [{ $severity }] { $number } في قائمة الانتظار: { $subject }
    .text = أصبحت التذكرة في قائمة الانتظار.
staff-timed = [{ $severity }] { $number } حُددت المواعيد: { $subject }
    .text = حُددت مواعيد التذكرة.
staff-target_warned = [{ $severity }] { $number } { word-target } عند { $percent }٪: { $subject }
    .text = { word-target }: انقضى { $percent }٪ من الوقت. المتبقي: { word-left }.
staff-target_breached = [{ $severity }] { $number } فات موعد { word-target }: { $subject }
    .text = انقضى موعد { word-target }.
staff-target_at_risk = [{ $severity }] { $number } { word-target } مهدد بالتأخر ({ $percent }٪): { $subject }
    .text = { word-target }: احتمال التأخر { $percent }٪. المتبقي: { word-left }.
staff-escalated = [{ $severity }] { $number } صُعّدت إلى { $to }: { $subject }
    .text = يُرجى متابعة هذه التذكرة ({ word-target }).
staff-compensation_accrued = [{ $severity }] { $number } تعويض قدره { $amount } { $currency }: { $subject }
    .text = فات موعد { word-target }، والتعويض المستحق { $amount } { $currency }.
staff-corrected = [{ $severity }] { $number } صُحح تصنيفها: { $subject }
    .text = تم تصحيح تصنيف التذكرة.
staff-folded = [{ $severity }] { $number } ضُمت إلى { $incident }: { $subject }
    .text = التذكرة تبلّغ عن العطل { $incident }.
staff-unfolded = [{ $severity }] { $number } فُصلت: { $subject }
    .text = تبيّن أن التذكرة لا تخص ذلك العطل.
staff-offered = [{ $severity }] { $number } عُرضت على { $agent }: { $subject }
    .text = عُرضت التذكرة على { $agent }، ويمكن قبولها أو رفضها حتى الموعد المبيّن أدناه.
staff-accepted = [{ $severity }] { $number } تم القبول من { $agent }: { $subject }
    .text = تم قبول التذكرة من { $agent }.
staff-declined = [{ $severity }] { $number } تم الرفض من { $agent }: { $subject }
    .text = تم رفض التذكرة من { $agent }.
staff-requeued = [{ $severity }] { $number } سُحبت من { $agent }: { $subject }
    .text = { $why ->
        [declined] تم رفض التذكرة من { $agent }، وعادت إلى قائمة الانتظار.
        [timed_out] لم يصل رد من { $agent } في الوقت المحدد، وعادت التذكرة إلى قائمة الانتظار.
        [agent_gone] لم يعد { $agent } متاحًا، وعادت التذكرة إلى قائمة الانتظار.
       *[transferred] حُوّلت التذكرة، وهي في قائمة الانتظار من جديد.
    }
staff-transferred = [{ $severity }] { $number } حُوّلت إلى { $to }: { $subject }
    .text = حُوّلت التذكرة إلى { $to }.
staff-info_requested = [{ $severity }] { $number } طُلبت معلومات: { $subject }
    .text = { $question }

## العملاء

customer-fact = مستجدات بشأن طلبكم { $number }
    .text = هناك مستجدات بشأن طلبكم، ونحن مستمرون في متابعته.
customer-opened = استلمنا طلبكم { $number }
    .text =
        شكرًا لتواصلكم معنا. لقد استلمنا طلبكم وسنوافيكم بالرد.

        عند الاستفسار يُرجى ذكر الرقم { $number }.
customer-replied = { $by ->
        [customer] استلمنا رسالتكم بشأن { $number }
       *[agent] رد جديد على طلبكم { $number }
    }
    .text = { $by ->
        [customer] شكرًا لرسالتكم. لقد أضفناها إلى طلبكم.
       *[agent] { $text }
    }
customer-assigned = طلبكم { $number } في أيدٍ أمينة
    .text = يتولى أحد أعضاء فريق الدعم معالجة طلبكم الآن.
customer-progressed = مستجدات بشأن طلبكم { $number }
    .text = { $to ->
        [waiting_on_customer] لمتابعة العمل نحتاج إلى رد منكم. يُرجى الرد على هذه الرسالة.
        [waiting_on_third_party] ننتظر جهة أخرى يتوقف عليها الحل، ونتابع الأمر من أجلكم.
        [developing] عرفنا المطلوب ونعمل على إعداد الحل.
        [testing] الحل جاهز ويجري اختباره.
        [verifying] تم تطبيق الحل، ونتأكد معكم من فعاليته.
       *[in_progress] نعمل على معالجة طلبكم.
    }
customer-resolved = تم حل طلبكم { $number }
    .text = لقد تم حل طلبكم. إن بقي أي أمر على غير ما يرام فيُرجى الرد على هذه الرسالة وسنتابعه من جديد.
customer-reopened = استأنفنا العمل على طلبكم { $number }
    .text = أُعيد فتح طلبكم، ونحن نتابعه.
customer-closed = أُغلق طلبكم { $number }
    .text = لقد أغلقنا طلبكم. شكرًا لصبركم، ويسعدنا تواصلكم معنا في أي وقت.
customer-classified = مستجدات بشأن طلبكم { $number }
    .text = اطلعنا على طلبكم ونحيله إلى المختصين.
customer-routed = مستجدات بشأن طلبكم { $number }
    .text = طلبكم الآن لدى الفريق المختص.
customer-timed = مستجدات بشأن طلبكم { $number }
    .text = أُدرج طلبكم في خطة العمل، ونحن نتابعه.
customer-target_warned = طلبكم { $number } قيد المعالجة
    .text = لم ننسَ طلبكم، ونحن نعمل عليه.
customer-target_breached = نعتذر عن تأخر طلبكم { $number }
    .text = تستغرق معالجة طلبكم وقتًا أطول مما وعدناكم به، ونعتذر عن ذلك. نحن نعمل عليه وسنبلغكم فور وجود أي جديد.
customer-target_at_risk = طلبكم { $number } قيد المعالجة
    .text = لم ننسَ طلبكم، ونحن نعمل عليه.
customer-escalated = طلبكم { $number } يحظى بمزيد من الاهتمام
    .text = طلبنا من مزيد من الزملاء متابعة طلبكم.
customer-compensation_accrued = رصيد تعويضي عن طلبكم { $number }
    .text = لم نفِ بأحد التزاماتنا بشأن طلبكم، ونعتذر عن ذلك. ووفقًا لاتفاقنا يحق لكم رصيد تعويضي، وسيوافيكم مسؤول التواصل بالتفاصيل.
customer-corrected = مستجدات بشأن طلبكم { $number }
    .text = حدّثنا بيانات طلبكم.
customer-folded = طلبكم { $number } يتعلق بعطل معروف لدينا
    .text = أبلغنا عملاء آخرون بالأمر نفسه. نعمل على حل للجميع، وسنطلعكم على المستجدات.
customer-unfolded = مستجدات بشأن طلبكم { $number }
    .text = عدنا إلى متابعة طلبكم على حدة.
customer-offered = مستجدات بشأن طلبكم { $number }
    .text = نبحث عن الشخص المناسب لمتابعة طلبكم.
customer-accepted = طلبكم { $number } في أيدٍ أمينة
    .text = يتولى أحد أعضاء فريق الدعم معالجة طلبكم الآن.
customer-declined = مستجدات بشأن طلبكم { $number }
    .text = نبحث عن زميل آخر لمتابعة طلبكم.
customer-requeued = مستجدات بشأن طلبكم { $number }
    .text = طلبكم لدى الفريق المختص.
customer-transferred = مستجدات بشأن طلبكم { $number }
    .text = نحيل طلبكم إلى المختصين.
customer-info_requested = سؤال بشأن طلبكم { $number }
    .text = { $question }
customer-digest = { $count ->
    [two] رسالتان بشأن طلباتكم: { $subject }
    [few] { $count } رسائل بشأن طلباتكم: { $subject }
    [many] { $count } رسالة بشأن طلباتكم: { $subject }
   *[other] { $count } رسالة بشأن طلباتكم: { $subject }
}
    .text = { $tickets ->
        [one] هناك مستجدات بشأن طلبكم.
        [two] هناك مستجدات بشأن اثنين من طلباتكم.
        [few] هناك مستجدات بشأن { $tickets } من طلباتكم.
        [many] هناك مستجدات بشأن { $tickets } من طلباتكم.
       *[other] هناك مستجدات بشأن { $tickets } من طلباتكم.
    }
customer-closing =
    مع أطيب التحيات
    فريق الدعم

## أسماء الحقول

field-number = الرقم
field-subject = الموضوع
field-customer = العميل
field-tier = الفئة
field-region = المنطقة
field-product = المنتج
field-category = التصنيف
field-queue = قائمة الانتظار
field-opened = وقت الفتح
field-due = الموعد النهائي
field-reason = السبب
field-ladder = سلم التصعيد
field-step = الدرجة
field-computation = طريقة الحساب
field-summary = الحل
field-note = ملاحظة

## الروابط وصفحاتها

link-acknowledge = تأكيد الاطلاع
link-take_over = تولّي التذكرة
link-snooze = تذكيري لاحقًا
link-resolve = وضع علامة محلول
page-ask = هل تريد تنفيذ هذا؟
page-confirm = نعم
page-done = تم.
page-again = سبق تنفيذ هذا، ولم يُنفذ مرة أخرى.
page-late = انتهت صلاحية هذا الرابط. يُرجى فتح التذكرة نفسها.
page-wrong = هذا الرابط غير صالح. يُرجى نسخه كاملًا.
page-away = يتعذر التنفيذ الآن. يُرجى المحاولة بعد قليل.
