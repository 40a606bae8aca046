"""Rules that no kind file has to write: silence, senseless values, and Caretaker's own parts."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.alarms.facts import RuleFacts
from config.kind import Priority
from config.plant import PlantAsset
from config.text import Text

SYSTEM = "system"
"""The site of alarms about Caretaker itself: asset `system/<part>`."""


@dataclass(frozen=True, slots=True)
class BuiltinRule:
    """A rule that comes with the program."""

    name: str
    priority: Priority
    title: Text
    cause: Text
    guidance: Text
    consequence: Text

    def of_asset(self, asset: PlantAsset) -> RuleFacts:
        """The rule about an asset as a whole.

        Silent fire protection is one step more urgent: nobody would notice that it does not answer.
        """
        priority: Priority = "high" if asset.family == "fire" else self.priority
        return self._facts(asset, rule=self.name, priority=priority, title=self.title)

    def of_point(self, asset: PlantAsset, point: str) -> RuleFacts:
        """The rule about one point; it is named `<rule>.<point>` and is never urgent by itself."""
        subject = asset.points[point].title
        title = Text(en=f"{subject.en}: {self.title.en}", zh=f"{subject.zh}：{self.title.zh}")
        return self._facts(asset, rule=f"{self.name}.{point}", priority="low", title=title)

    def of_part(self, part_asset: str) -> RuleFacts:
        """The rule about a part of Caretaker (asset `system/<part>`)."""
        return RuleFacts(
            asset=part_asset,
            site=SYSTEM,
            family="utility",
            kind=SYSTEM,
            rule=self.name,
            priority=self.priority,
            title=self.title,
            cause=self.cause,
            guidance=self.guidance,
            consequence=self.consequence,
        )

    def _facts(self, asset: PlantAsset, *, rule: str, priority: Priority, title: Text) -> RuleFacts:
        return RuleFacts(
            asset=asset.id,
            site=asset.site,
            family=asset.family,
            kind=asset.kind.kind,
            rule=rule,
            priority=priority,
            title=title,
            cause=self.cause,
            guidance=self.guidance,
            consequence=self.consequence,
        )


NO_DATA = BuiltinRule(
    "no_data",
    "medium",
    Text(en="no data", zh="无数据"),
    Text(en="Power or network lost, or the device has failed.", zh="断电、断网或设备故障。"),
    Text(
        en="Check power and network at the device; see on the intake page whether it is alone.",
        zh="检查设备供电与网络；在接入页查看是否仅此一台。",
    ),
    Text(en="What happens here is not seen until data comes again.", zh="恢复之前此处的情况无法得知。"),
)
BAD_DATA = BuiltinRule(
    "bad_data",
    "low",
    Text(en="values out of any plausible range", zh="数值超出合理范围"),
    Text(en="Sensor or wiring defect, or a wrong scale.", zh="传感器或接线故障，或量程设置错误。"),
    Text(
        en="Compare with a reference instrument, then check wiring and scale.",
        zh="用标准仪表比对，再检查接线与量程。",
    ),
    Text(en="Limits on this value do not watch any more.", zh="该数值的限值报警失效。"),
)
PART_SILENT = BuiltinRule(
    "part_silent",
    "high",
    Text(en="Part of Caretaker gives no sign of life", zh="系统组件无心跳"),
    Text(en="The process hangs or keeps dying.", zh="进程挂起或反复退出。"),
    Text(
        en="Read the log of this part; restart the service if it does not come back.",
        zh="查看该组件日志；未恢复则重启服务。",
    ),
    Text(en="Its share of the work is not being done.", zh="该组件负责的工作已停止。"),
)
PART_FAILED = BuiltinRule(
    "part_failed",
    "high",
    Text(en="Part of Caretaker reports that it cannot work", zh="系统组件报告无法工作"),
    Text(en="The evidence holds the reason that the part itself gave.", zh="原因见证据中组件自报信息。"),
    Text(en="Follow the remedy in the reason.", zh="按原因中的提示处理。"),
    Text(en="Its share of the work is not being done.", zh="该组件负责的工作已停止。"),
)
JOURNAL_FILLING = BuiltinRule(
    "journal_filling",
    "high",
    Text(en="Journal close to its bound", zh="日志接近容量上限"),
    Text(
        en="A reader of the journal is slow or away, mostly the store.",
        zh="日志读取方（多为存储）过慢或停止。",
    ),
    Text(en="See which reader lags: `caretaker journal`.", zh="用 `caretaker journal` 查看哪个读取方滞后。"),
    Text(en="At the bound intake stops acknowledging.", zh="达到上限后将停止确认接收。"),
)
READER_LAGGING = BuiltinRule(
    "reader_lagging",
    "medium",
    Text(en="Reader of the journal lags behind", zh="日志读取滞后"),
    Text(en="The part is slow, away, or working off a backlog.", zh="组件过慢、停止，或正在处理积压。"),
    Text(
        en="Wait if it catches up; else read the log of this part.", zh="若在追赶则等待，否则查看该组件日志。"
    ),
    Text(en="What it shows or decides is late.", zh="其显示或判断滞后。"),
)
SYSTEM_RULES = {rule.name: rule for rule in (PART_SILENT, PART_FAILED, JOURNAL_FILLING, READER_LAGGING)}
