# 人に伝える文章：日本語。名前と変数は docs/notifications.md を参照。

## 語

word-target = { $target ->
    [first_response] 初回応答
    [next_response] 次回応答
    [update] 経過報告
   *[resolution] 解決
}
word-left = { $unit ->
    [minute] { $left }分
    [hour] { $left }時間
   *[day] { $left }日
}
word-to = { $to ->
    [waiting_on_customer] お客様の返答待ち
    [waiting_on_third_party] 第三者の対応待ち
    [developing] 修正を作成中
    [testing] 修正をテスト中
    [verifying] 修正を確認中
   *[in_progress] 対応中
}

## 担当者向け

staff-fact = [{ $severity }] { $number } 更新：{ $subject }
    .text = このチケットに動きがありました。
staff-digest = 通知 { $count } 件：{ $subject }
    .text = 以下の通知は { $tickets } 件のチケットに関するものです。
staff-opened = [{ $severity }] { $number } 新規：{ $subject }
    .text = 新しいチケットを受け付けました。
staff-replied = [{ $severity }] { $number } 返信：{ $subject }
    .text =
        { $by ->
            [customer] お客様からの返信：
           *[agent] 担当者からの返信：
        }

        { $text }
staff-assigned = [{ $severity }] { $number } 担当：{ $agent }：{ $subject }
    .text = チケットの担当が { $agent } になりました。
staff-progressed = [{ $severity }] { $number } { word-to }：{ $subject }
    .text = チケットの現在の状態：{ word-to }。
staff-resolved = [{ $severity }] { $number } 解決：{ $subject }
    .text = 問題は解決しました。
staff-reopened = [{ $severity }] { $number } 再開：{ $subject }
    .text = 問題が再発しました。チケットの再開は { $reopens } 回目です。
staff-closed = [{ $severity }] { $number } クローズ：{ $subject }
    .text = チケットはクローズされました。
staff-classified = [{ $severity }] { $number } 分類済み：{ $subject }
    .text = チケットが分類されました。
staff-routed = [{ $severity }] { $number } キューに登録：{ $subject }
    .text = チケットがキューに入りました。
staff-timed = [{ $severity }] { $number } 期限設定：{ $subject }
    .text = チケットの期限が設定されました。
staff-target_warned = [{ $severity }] { $number } { word-target }の時間を { $percent }% 消費：{ $subject }
    .text = { word-target }までの時間の { $percent }% が経過しました。残りは{ word-left }です。
staff-target_breached = [{ $severity }] { $number } { word-target }の期限超過：{ $subject }
    .text = { word-target }の期限を過ぎました。
staff-target_at_risk = [{ $severity }] { $number } { word-target }に遅延のおそれ（{ $percent }%）：{ $subject }
    .text = { word-target }が { $percent }% の確率で遅れます。残りは{ word-left }です。
staff-escalated = [{ $severity }] { $number } { $to } へエスカレーション：{ $subject }
    .text = このチケットの{ word-target }への対応をお願いします。
staff-compensation_accrued = [{ $severity }] { $number } 補償 { $amount } { $currency }：{ $subject }
    .text = { word-target }の遅延により { $amount } { $currency } の補償が発生しました。
staff-corrected = [{ $severity }] { $number } ラベル訂正：{ $subject }
    .text = チケットのラベルが訂正されました。
staff-folded = [{ $severity }] { $number } { $incident } に統合：{ $subject }
    .text = このチケットはインシデント { $incident } の報告です。
staff-unfolded = [{ $severity }] { $number } 統合を解除：{ $subject }
    .text = このチケットは該当のインシデントのものではありませんでした。
staff-offered = [{ $severity }] { $number } { $agent } に打診：{ $subject }
    .text = チケットを { $agent } に打診しました。下記の期限までに受けるか断るかを回答してください。
staff-accepted = [{ $severity }] { $number } { $agent } が受諾：{ $subject }
    .text = { $agent } がチケットを引き受けました。
staff-declined = [{ $severity }] { $number } { $agent } が辞退：{ $subject }
    .text = { $agent } はチケットを引き受けませんでした。
staff-requeued = [{ $severity }] { $number } { $agent } から差し戻し：{ $subject }
    .text = { $why ->
        [declined] { $agent } はチケットを引き受けませんでした。チケットはキューに戻りました。
        [timed_out] { $agent } から期限までに回答がありませんでした。チケットはキューに戻りました。
        [agent_gone] { $agent } が不在になりました。チケットはキューに戻りました。
       *[transferred] チケットは転送され、再びキューで待っています。
    }
staff-transferred = [{ $severity }] { $number } { $to } に転送：{ $subject }
    .text = チケットを { $to } に転送しました。
staff-info_requested = [{ $severity }] { $number } 情報を依頼：{ $subject }
    .text = { $question }

## お客様向け

customer-fact = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせに進展がありました。引き続き対応いたします。
customer-opened = お問い合わせ { $number } を承りました
    .text =
        お問い合わせいただきありがとうございます。内容を確かに承りました。追ってご連絡いたします。

        ご質問の際は、番号 { $number } をお知らせください。
customer-replied = { $by ->
        [customer] お問い合わせ { $number } へのご連絡を承りました
       *[agent] お問い合わせ { $number } への回答
    }
    .text = { $by ->
        [customer] ご連絡ありがとうございます。お問い合わせに追加いたしました。
       *[agent] { $text }
    }
customer-assigned = お問い合わせ { $number } の担当者が決まりました
    .text = サポート担当者がお問い合わせに対応しております。
customer-progressed = お問い合わせ { $number } についてのお知らせ
    .text = { $to ->
        [waiting_on_customer] 対応を進めるにあたり、お客様のご返答が必要です。恐れ入りますが、このメッセージにご返信ください。
        [waiting_on_third_party] 解決に必要な関係先の対応を待っております。引き続き責任をもって対応いたします。
        [developing] 対処方法が判明し、解決策を準備しております。
        [testing] 解決策が整い、テストを行っております。
        [verifying] 解決策を適用し、お客様とともに確認を進めております。
       *[in_progress] お問い合わせに対応しております。
    }
customer-resolved = お問い合わせ { $number } は解決いたしました
    .text = お問い合わせの件は解決いたしました。お気付きの点がございましたら、このメッセージにご返信ください。あらためて対応いたします。
customer-reopened = お問い合わせ { $number } の対応を再開いたしました
    .text = お問い合わせの対応を再開いたしました。
customer-closed = お問い合わせ { $number } の対応を終了いたしました
    .text = お問い合わせの対応を終了いたしました。ご協力ありがとうございました。またいつでもご連絡ください。
customer-classified = お問い合わせ { $number } についてのお知らせ
    .text = 内容を確認し、適切な担当者に引き継いでおります。
customer-routed = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせを担当のチームに引き継ぎました。
customer-timed = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせの対応予定を立てました。順次対応いたします。
customer-target_warned = お問い合わせ { $number } に対応しております
    .text = お問い合わせには引き続き対応しております。いましばらくお待ちください。
customer-target_breached = お問い合わせ { $number } への対応が遅れております
    .text = お約束した時間内に対応できず、誠に申し訳ございません。引き続き対応し、進展があり次第ご連絡いたします。
customer-target_at_risk = お問い合わせ { $number } に対応しております
    .text = お問い合わせには引き続き対応しております。いましばらくお待ちください。
customer-escalated = お問い合わせ { $number } の対応体制を強化いたしました
    .text = お問い合わせの対応に、さらに担当者を加えました。
customer-compensation_accrued = お問い合わせ { $number } に関する補償について
    .text = お約束を守ることができず、誠に申し訳ございません。契約に基づき補償をいたします。詳細は担当者よりご連絡いたします。
customer-corrected = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせの登録内容を更新いたしました。
customer-folded = お問い合わせ { $number } の件は当方で把握しております
    .text = 同じ件を他のお客様からも伺っております。まとめて解決に取り組み、状況をお知らせいたします。
customer-unfolded = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせには、あらためて個別に対応いたします。
customer-offered = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせに最適な担当者を手配しております。
customer-accepted = お問い合わせ { $number } の担当者が決まりました
    .text = サポート担当者がお問い合わせに対応しております。
customer-declined = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせに別の担当者を手配しております。
customer-requeued = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせは担当のチームが承っております。
customer-transferred = お問い合わせ { $number } についてのお知らせ
    .text = お問い合わせを適切な担当に引き継いでおります。
customer-info_requested = お問い合わせ { $number } についてお伺いしたいこと
    .text = { $question }
customer-digest = お問い合わせに関するお知らせ { $count } 件：{ $subject }
    .text = { $tickets } 件のお問い合わせについて、{ $count } 件のお知らせがあります。
customer-closing =
    よろしくお願いいたします。
    サポートチーム

## 項目名

field-number = 番号
field-subject = 件名
field-customer = お客様
field-tier = 契約区分
field-region = 地域
field-product = 製品
field-category = 分類
field-queue = キュー
field-opened = 受付日時
field-due = 期限
field-reason = 理由
field-ladder = エスカレーション経路
field-step = 段階
field-computation = 計算
field-summary = 解決方法
field-note = メモ

## リンクとそのページ

link-acknowledge = 確認した
link-take_over = 引き受ける
link-snooze = 後で通知
link-resolve = 解決済みにする
page-ask = この操作を実行しますか。
page-confirm = はい
page-done = 完了しました。
page-again = この操作は既に実行済みです。再実行はしていません。
page-late = このリンクは期限切れです。チケットを直接開いてください。
page-wrong = このリンクは無効です。全体をコピーしてください。
page-away = 現在実行できません。しばらくしてからお試しください。
