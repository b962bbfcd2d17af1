# 告知人们的文字：中文。名称与变量见 docs/notifications.md。

## 词语

word-target = { $target ->
    [first_response] 首次响应
    [next_response] 后续响应
    [update] 进展通报
   *[resolution] 解决
}
word-left = { $unit ->
    [minute] { $left } 分钟
    [hour] { $left } 小时
   *[day] { $left } 天
}
word-to = { $to ->
    [waiting_on_customer] 等待客户
    [waiting_on_third_party] 等待第三方
    [developing] 正在开发修复
    [testing] 修复测试中
    [verifying] 修复验证中
   *[in_progress] 处理中
}

## 内部人员

staff-fact = [{ $severity }] { $number } 有新动态：{ $subject }
    .text = 该工单有新动态。
staff-digest = { $count } 条通知：{ $subject }
    .text = 以下通知涉及 { $tickets } 张工单。
staff-opened = [{ $severity }] { $number } 新建工单：{ $subject }
    .text = 收到一张新工单。
staff-replied = [{ $severity }] { $number } 有新回复：{ $subject }
    .text =
        { $by ->
            [customer] 客户写道：
           *[agent] 工程师写道：
        }

        { $text }
staff-assigned = [{ $severity }] { $number } 已分派给 { $agent }：{ $subject }
    .text = 工单已分派给 { $agent }。
staff-progressed = [{ $severity }] { $number } { word-to }：{ $subject }
    .text = 工单当前状态：{ word-to }。
staff-resolved = [{ $severity }] { $number } 已解决：{ $subject }
    .text = 问题已解决。
staff-reopened = [{ $severity }] { $number } 重新打开：{ $subject }
    .text = 问题再次出现。工单已重新打开 { $reopens } 次。
staff-closed = [{ $severity }] { $number } 已关闭：{ $subject }
    .text = 工单已关闭。
staff-classified = [{ $severity }] { $number } 已分类：{ $subject }
    .text = 工单已完成分类。
staff-routed = [{ $severity }] { $number } 已入队列：{ $subject }
    .text = 工单已进入处理队列。
staff-timed = [{ $severity }] { $number } 已设定时限：{ $subject }
    .text = 工单的时限已设定。
staff-target_warned = [{ $severity }] { $number } { word-target }时限已用 { $percent }%：{ $subject }
    .text = { word-target }时限已用 { $percent }%，还剩 { word-left }。
staff-target_breached = [{ $severity }] { $number } { word-target }超时：{ $subject }
    .text = { word-target }的时限已过。
staff-target_at_risk = [{ $severity }] { $number } { word-target }有超时风险（{ $percent }%）：{ $subject }
    .text = { word-target }超时的概率为 { $percent }%，还剩 { word-left }。
staff-escalated = [{ $severity }] { $number } 已升级至 { $to }：{ $subject }
    .text = 请跟进该工单的{ word-target }。
staff-compensation_accrued = [{ $severity }] { $number } 产生补偿 { $amount } { $currency }：{ $subject }
    .text = { word-target }超时，产生补偿 { $amount } { $currency }。
staff-corrected = [{ $severity }] { $number } 标签已更正：{ $subject }
    .text = 有人更正了工单的标签。
staff-folded = [{ $severity }] { $number } 已并入 { $incident }：{ $subject }
    .text = 该工单反映的是事件 { $incident }。
staff-unfolded = [{ $severity }] { $number } 已移出事件：{ $subject }
    .text = 经确认，该工单不属于此事件。
staff-offered = [{ $severity }] { $number } 待 { $agent } 接单：{ $subject }
    .text = 工单已派给 { $agent }，请在下列期限前接单或拒单。
staff-accepted = [{ $severity }] { $number } { $agent } 已接单：{ $subject }
    .text = { $agent } 已接下该工单。
staff-declined = [{ $severity }] { $number } { $agent } 已拒单：{ $subject }
    .text = { $agent } 未接该工单。
staff-requeued = [{ $severity }] { $number } 已从 { $agent } 处收回：{ $subject }
    .text = { $why ->
        [declined] { $agent } 未接该工单，工单已回到队列。
        [timed_out] { $agent } 未及时答复，工单已回到队列。
        [agent_gone] { $agent } 已不在岗，工单已回到队列。
       *[transferred] 工单已转交，重新进入队列等待。
    }
staff-transferred = [{ $severity }] { $number } 已转交至 { $to }：{ $subject }
    .text = 工单已转交至 { $to }。
staff-info_requested = [{ $severity }] { $number } 已请客户补充信息：{ $subject }
    .text = { $question }

## 客户

customer-fact = 您的服务请求 { $number } 有新进展
    .text = 您的服务请求有新的进展，我们会继续跟进。
customer-opened = 我们已收到您的服务请求 { $number }
    .text =
        感谢您与我们联系。您的服务请求我们已经收到，会尽快给您答复。

        如需咨询，请告知编号 { $number }。
customer-replied = { $by ->
        [customer] 我们已收到您关于 { $number } 的留言
       *[agent] 您的服务请求 { $number } 有新的回复
    }
    .text = { $by ->
        [customer] 感谢您的留言，我们已将其补充到您的服务请求中。
       *[agent] { $text }
    }
customer-assigned = 您的服务请求 { $number } 已有专人负责
    .text = 我们的支持工程师正在为您处理该请求。
customer-progressed = 您的服务请求 { $number } 有新进展
    .text = { $to ->
        [waiting_on_customer] 为了继续处理，我们需要您的答复。请直接回复本消息，谢谢。
        [waiting_on_third_party] 解决该问题需要第三方配合，我们正在等待，并会持续为您跟进。
        [developing] 我们已找到处理办法，正在准备解决方案。
        [testing] 解决方案已就绪，正在测试。
        [verifying] 解决方案已实施，我们正与您一起确认效果。
       *[in_progress] 我们正在处理您的请求。
    }
customer-resolved = 您的服务请求 { $number } 已解决
    .text = 您的服务请求已经解决。如仍有任何问题，请直接回复本消息，我们会继续为您处理。
customer-reopened = 我们已重新受理您的服务请求 { $number }
    .text = 您的服务请求已重新打开，我们正在为您处理。
customer-closed = 您的服务请求 { $number } 已关闭
    .text = 您的服务请求已经关闭。感谢您的耐心与支持，如有需要，欢迎随时联系我们。
customer-classified = 您的服务请求 { $number } 有新进展
    .text = 我们已查看您的请求，正在转交相关人员处理。
customer-routed = 您的服务请求 { $number } 有新进展
    .text = 您的请求已转交负责的团队。
customer-timed = 您的服务请求 { $number } 有新进展
    .text = 您的请求已安排处理，我们会持续跟进。
customer-target_warned = 您的服务请求 { $number } 正在处理中
    .text = 您的请求我们一直在跟进，正在处理中。
customer-target_breached = 您的服务请求 { $number } 未能如期处理，深表歉意
    .text = 您的请求未能在承诺的时间内处理，我们深表歉意。我们正在全力处理，一有进展会立即告知您。
customer-target_at_risk = 您的服务请求 { $number } 正在处理中
    .text = 您的请求我们一直在跟进，正在处理中。
customer-escalated = 您的服务请求 { $number } 已增派人手
    .text = 我们已请更多同事参与处理您的请求。
customer-compensation_accrued = 您的服务请求 { $number } 的补偿
    .text = 我们未能履行对您的服务承诺，深表歉意。按照协议，您将获得相应补偿，具体事宜由您的客户经理与您联系。
customer-corrected = 您的服务请求 { $number } 有新进展
    .text = 我们已更新您的请求的相关信息。
customer-folded = 您的服务请求 { $number } 涉及的问题我们已知晓
    .text = 其他客户也反映了同样的问题。我们正在统一解决，并会及时告知您进展。
customer-unfolded = 您的服务请求 { $number } 有新进展
    .text = 您的请求将由我们单独为您处理。
customer-offered = 您的服务请求 { $number } 有新进展
    .text = 我们正在为您的请求安排合适的工程师。
customer-accepted = 您的服务请求 { $number } 已有专人负责
    .text = 我们的支持工程师正在为您处理该请求。
customer-declined = 您的服务请求 { $number } 有新进展
    .text = 我们正在为您的请求另行安排工程师。
customer-requeued = 您的服务请求 { $number } 有新进展
    .text = 您的请求已在负责团队的处理队列中。
customer-transferred = 您的服务请求 { $number } 有新进展
    .text = 我们正在将您的请求转交给合适的团队。
customer-info_requested = 关于您的服务请求 { $number }，需要您补充信息
    .text = { $question }
customer-digest = 您的服务请求有 { $count } 条消息：{ $subject }
    .text = 您的 { $tickets } 个服务请求共有 { $count } 条新进展。
customer-closing =
    此致
    客户支持团队

## 字段名称

field-number = 编号
field-subject = 主题
field-customer = 客户
field-tier = 客户等级
field-region = 区域
field-product = 产品
field-category = 类别
field-queue = 队列
field-opened = 创建时间
field-due = 截止时间
field-reason = 原因
field-ladder = 升级链
field-step = 步骤
field-computation = 计算方式
field-summary = 解决办法
field-note = 备注

## 链接及其页面

link-acknowledge = 确认
link-take_over = 接手
link-snooze = 稍后提醒
link-resolve = 标为已解决
page-ask = 您要执行此操作吗？
page-confirm = 是
page-done = 已完成。
page-again = 此操作先前已完成，没有重复执行。
page-late = 此链接已过期，请直接打开工单。
page-wrong = 此链接无效，请完整复制链接。
page-away = 目前无法执行，请稍后再试。
