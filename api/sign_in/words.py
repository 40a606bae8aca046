"""The words of the sign-in pages."""

from __future__ import annotations

from config.text import Language, Text

_WORDS = {
    "product": ("Caretaker", "后勤管家"),
    "sign_in": ("Sign in", "登录"),
    "name": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "old_password": ("Present password", "当前密码"),
    "new_password": ("New password", "新密码"),
    "change_password": ("Change the password", "修改密码"),
    "password_rule": ("At least 10 characters.", "至少 10 个字符。"),
    "changed": ("The password is changed. Other sessions have ended.", "密码已修改，其他会话已退出。"),
    "first_admin": ("Make the first administrator", "创建首位管理员"),
    "first_admin_lead": (
        "This link works once. The account may do everything, at every site.",
        "此链接仅可使用一次。该账号拥有所有站点的全部权限。",
    ),
    "create": ("Create and sign in", "创建并登录"),
    "link_over": ("This link is no longer valid", "此链接已失效"),
    "link_over_lead": (
        "It was used already or has expired. Restart Caretaker for a new one.",
        "链接已被使用或已过期。重新启动系统可获得新链接。",
    ),
    "lost_password": ("Password lost? An administrator can set a new one.", "忘记密码？请管理员重设。"),
    "back": ("Back to the campus", "返回园区"),
    "other_language": ("中文", "English"),
}


def say(name: str, language: Language) -> str:
    """A word in that language."""
    english, chinese = _WORDS[name]
    return Text(en=english, zh=chinese).say(language)
