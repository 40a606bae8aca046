"""Errors as RFC 9457 problem details: a named reason, what happened, and what to do about it.

Exception tree: `Problem` is the only one that routes and services raise on purpose; its `reason`
says which row of `WORDINGS` applies.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from config.text import Language, Text

MEDIA_TYPE = "application/problem+json"


class Reason(StrEnum):
    """Why a request was not carried out."""

    NOT_SIGNED_IN = "not_signed_in"
    WRONG_CREDENTIALS = "wrong_credentials"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    NOT_PERMITTED = "not_permitted"
    CROSS_SITE = "cross_site"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    INVALID = "invalid"
    TOO_MUCH_ASKED = "too_much_asked"
    TOO_LARGE = "too_large"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NOT_IN_THIS_STATE = "not_in_this_state"
    LINK_USED = "link_used"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Wording(NamedTuple):
    """HTTP status, title, and what to do when nothing more precise is known."""

    status: int
    title: Text
    remedy: Text


def _say(status: int, title: tuple[str, str], remedy: tuple[str, str]) -> Wording:
    return Wording(status, Text(en=title[0], zh=title[1]), Text(en=remedy[0], zh=remedy[1]))


WORDINGS: dict[Reason, Wording] = {
    Reason.NOT_SIGNED_IN: _say(
        401,
        ("Not signed in", "尚未登录"),
        (
            "Sign in at /login, or send Authorization: Bearer with a token of `caretaker token create`.",
            "请在 /login 登录，或发送 Authorization: Bearer 和 `caretaker token create` 生成的令牌。",
        ),
    ),
    Reason.WRONG_CREDENTIALS: _say(
        401,
        ("Name or password is wrong", "用户名或密码错误"),
        (
            "Check both and try again; an admin can set a new password.",
            "请核对后重试；管理员可以重设密码。",
        ),
    ),
    Reason.TOO_MANY_ATTEMPTS: _say(
        429,
        ("Too many attempts", "尝试次数过多"),
        ("Wait as long as Retry-After says, then try again.", "请等待 Retry-After 所示的秒数后再试。"),
    ),
    Reason.NOT_PERMITTED: _say(
        403,
        ("Not permitted", "没有权限"),
        (
            "Ask an admin for a role that may do this at this site and family.",
            "请向管理员申请在该站点和该系统具有此权限的角色。",
        ),
    ),
    Reason.CROSS_SITE: _say(
        403,
        ("Request from another site", "跨站请求"),
        (
            "With a session cookie, send Origin of this server; programs use a Bearer token instead.",
            "使用会话 Cookie 时请发送本服务器的 Origin；程序请改用 Bearer 令牌。",
        ),
    ),
    Reason.NOT_FOUND: _say(
        404,
        ("Not found", "未找到"),
        (
            "Check the id; the lists under /api/v1 give those there are.",
            "请核对编号；/api/v1 下的列表给出全部编号。",
        ),
    ),
    Reason.METHOD_NOT_ALLOWED: _say(
        405,
        ("Method not allowed", "不支持的请求方法"),
        ("/api/v1/openapi.json lists the methods of each path.", "各路径支持的方法见 /api/v1/openapi.json。"),
    ),
    Reason.INVALID: _say(
        422,
        ("Input is not valid", "输入无效"),
        ("Correct the fields named under `errors`.", "请更正 errors 中列出的字段。"),
    ),
    Reason.TOO_MUCH_ASKED: _say(
        422,
        ("Too much asked at once", "一次查询的数据过多"),
        ("Ask for fewer points, a shorter time or a longer window.", "请减少测点、缩短时间或加大窗口。"),
    ),
    Reason.TOO_LARGE: _say(
        413,
        ("Request is too large", "请求过大"),
        ("Send it in smaller pieces.", "请分批发送。"),
    ),
    Reason.CHANGED_MEANWHILE: _say(
        409,
        ("Changed by somebody else meanwhile", "已被他人更改"),
        ("Read it again and decide on what it is now.", "请重新读取后再决定。"),
    ),
    Reason.NOT_IN_THIS_STATE: _say(
        409,
        ("Not possible in this state", "当前状态下不可操作"),
        ("Read it again; its state says what is possible now.", "请重新读取，按其当前状态操作。"),
    ),
    Reason.LINK_USED: _say(
        410,
        ("This link is no longer valid", "此链接已失效"),
        (
            "Restart Caretaker for a new one, or use `caretaker user add`.",
            "请重新启动以获得新链接，或使用 `caretaker user add`。",
        ),
    ),
    Reason.UNAVAILABLE: _say(
        503,
        ("Not available right now", "暂时不可用"),
        (
            "Try again in a few seconds; /api/v1/health says which part is missing.",
            "请稍后再试；/api/v1/health 会说明缺少哪个部分。",
        ),
    ),
    Reason.INTERNAL: _say(
        500,
        ("Something went wrong here", "服务器内部错误"),
        (
            "Tell the admin the time of this request; the log has the details.",
            "请把请求时间告诉管理员，日志中有详情。",
        ),
    ),
}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """A request that is not carried out. `detail` says what happened, `remedy` what to do instead."""

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.remedy, self.more = reason, detail, remedy, more
        self.headers = dict(headers or {})
        if WORDINGS[reason].status == 401:
            self.headers.setdefault("WWW-Authenticate", 'Bearer realm="caretaker"')

    @property
    def status(self) -> int:
        return WORDINGS[self.reason].status

    def document(self, instance: str, language: Language) -> dict[str, Any]:
        """The members of the problem details; title and general remedy in that language."""
        wording = WORDINGS[self.reason]
        return {
            "type": f"urn:caretaker:problem:{self.reason}",
            "title": wording.title.say(language),
            "status": wording.status,
            "detail": self.detail,
            "remedy": self.remedy or wording.remedy.say(language),
            "reason": self.reason.value,
            "instance": instance,
            **self.more,
        }


def unknown(what: str, name: str, valid: Iterable[str]) -> Problem:
    """404 for a name nobody has, with the nearest names there are."""
    shown = name[:120]
    near = difflib.get_close_matches(shown, list(valid), n=3, cutoff=0.75)
    remedy = f"Did you mean {', '.join(near)}?" if near else None
    return Problem(Reason.NOT_FOUND, f"There is no {what} {shown!r}.", remedy=remedy)


def invalid(field: str, value: object, wanted: str) -> Problem:
    """422 for one field: its value and what to write instead."""
    return Problem(
        Reason.INVALID,
        f"{field}: {str(value)[:120]!r} cannot be used.",
        remedy=f"{field}: {wanted}",
        errors=[{"field": field, "problem": wanted}],
    )
