# What a desktop does for its programs over D-Bus, for tests: a panel that shows tray icons (org.kde.StatusNotifierWatcher, their
# menus by com.canonical.dbusmenu), a place for messages (org.freedesktop.Notifications), and on a system bus the part of logind
# that tells of sleep. Orders come as lines of JSON, answers and events leave as lines of JSON. Started by panel.ts.
import base64
import json
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
BUS = dbus.bus.BusConnection(os.environ["PANEL_BUS"])
PROPERTIES = "org.freedesktop.DBus.Properties"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
WATCHER = "org.kde.StatusNotifierWatcher"


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def plain(value):
    """What JSON can hold; bytes as base64."""
    if isinstance(value, dbus.ByteArray):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, dbus.Array) and value.signature == "y":
        return base64.b64encode(bytes(bytearray(value))).decode()
    if isinstance(value, dbus.Boolean):
        return bool(value)
    if isinstance(value, (dbus.Dictionary, dict)):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return str(value)


class Panel(dbus.service.Object):
    """The watcher, and the host in one."""

    def __init__(self):
        super().__init__(BUS, "/StatusNotifierWatcher")
        self.items = []
        self.drawn = True
        BUS.add_signal_receiver(self.changed, dbus_interface=ITEM, sender_keyword="sender")
        BUS.add_signal_receiver(self.changed, dbus_interface=MENU, sender_keyword="sender")
        BUS.add_signal_receiver(self.owner_changed, signal_name="NameOwnerChanged", dbus_interface="org.freedesktop.DBus")

    def changed(self, *_arguments, sender):
        tell({"event": "item"})

    def owner_changed(self, name, _before, after):
        if after == "" and any(owner == name for owner, _ in self.items):
            self.items = [item for item in self.items if item[0] != name]
            tell({"event": "item"})

    def appear(self):
        BUS.request_name(WATCHER)

    def host(self, there):
        self.drawn = there
        if there:
            self.StatusNotifierHostRegistered()
        else:
            self.StatusNotifierHostUnregistered()

    @dbus.service.signal(WATCHER)
    def StatusNotifierHostRegistered(self):
        pass

    @dbus.service.signal(WATCHER)
    def StatusNotifierHostUnregistered(self):
        pass

    def vanish(self):
        # a panel that restarts knows nobody any more
        self.items = []
        BUS.release_name(WATCHER)

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender):
        # either a name on the bus, or the path of an object of whoever calls
        item = (str(sender), str(service) if service.startswith("/") else "/StatusNotifierItem")
        if item not in self.items:
            self.items.append(item)
        tell({"event": "item"})

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        names = dbus.Array([owner + path for owner, path in self.items], signature="s")
        return {"IsStatusNotifierHostRegistered": self.drawn, "ProtocolVersion": 0, "RegisteredStatusNotifierItems": names}

    def read(self, answer):
        """Never waits: whoever is asked may be asking us at the same time, for messages."""
        waiting, found = list(self.items), []

        def fail(error):
            answer(error=str(error))

        def next_one():
            if not waiting:
                return answer(value=found)
            owner, path = waiting.pop(0)

            def properties(values):
                item = {"owner": owner, "path": path, "properties": plain(values), "menu": []}
                found.append(item)
                if "Menu" not in values:
                    return next_one()
                item["menuPath"] = str(values["Menu"])

                def layout(_revision, root):
                    item["menu"] = [{"id": int(entry[0]), **plain(entry[1])} for entry in root[2]]
                    next_one()

                menu = BUS.get_object(owner, values["Menu"], introspect=False)
                nothing = dbus.Array([], signature="s")
                menu.GetLayout(0, -1, nothing, dbus_interface=MENU, reply_handler=layout, error_handler=fail)

            icon = BUS.get_object(owner, path, introspect=False)
            icon.GetAll(ITEM, dbus_interface=PROPERTIES, reply_handler=properties, error_handler=fail)

        next_one()

    def activate(self, owner, path):
        BUS.get_object(owner, path, introspect=False).Activate(0, 0, dbus_interface=ITEM, ignore_reply=True)

    def click(self, owner, path, entry):
        menu = BUS.get_object(owner, path, introspect=False)
        nothing, now = dbus.String("", variant_level=1), dbus.UInt32(0)
        # whoever quits by it answers no more
        menu.Event(dbus.Int32(entry), "clicked", nothing, now, dbus_interface=MENU, ignore_reply=True)


class Messages(dbus.service.Object):
    """Shows nothing, and keeps everything."""

    IFACE = "org.freedesktop.Notifications"

    def __init__(self):
        super().__init__(BUS, "/org/freedesktop/Notifications")
        self.count = 0
        BUS.request_name(self.IFACE)

    @dbus.service.method(IFACE, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body"]

    @dbus.service.method(IFACE, out_signature="ssss")
    def GetServerInformation(self):
        return ("Panel of the tests", "nobody", "1", "1.2")

    @dbus.service.method(IFACE, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        self.count += 1
        number = int(replaces) or self.count
        message = {"id": number, "app": app, "icon": icon, "title": summary, "body": body, "actions": plain(actions)}
        tell({"event": "message", "message": {**message, "urgency": int(hints.get("urgency", 1))}})
        return dbus.UInt32(number)

    @dbus.service.method(IFACE, in_signature="u")
    def CloseNotification(self, number):
        self.NotificationClosed(number, 3)

    @dbus.service.signal(IFACE, signature="uu")
    def NotificationClosed(self, number, reason):
        pass

    @dbus.service.signal(IFACE, signature="us")
    def ActionInvoked(self, number, action):
        pass

    def click(self, number):
        self.ActionInvoked(dbus.UInt32(number), "default")
        self.NotificationClosed(dbus.UInt32(number), dbus.UInt32(2))


class Logind(dbus.service.Object):
    """Sleep, and those who want to hear of it before."""

    IFACE = "org.freedesktop.login1.Manager"

    def __init__(self):
        super().__init__(BUS, "/org/freedesktop/login1")
        self.held = []
        BUS.request_name("org.freedesktop.login1")

    @dbus.service.method(IFACE, in_signature="ssss", out_signature="h")
    def Inhibit(self, what, who, why, mode):
        ours, theirs = os.pipe()
        hold = {"what": str(what), "who": str(who), "why": str(why), "mode": str(mode)}
        self.held.append(hold)
        tell({"event": "inhibit", "hold": hold, "held": len(self.held)})

        def released(*_arguments):
            os.close(ours)
            self.held.remove(hold)
            tell({"event": "release", "hold": hold, "held": len(self.held)})
            return False

        GLib.io_add_watch(ours, GLib.IO_HUP, released)
        given = dbus.types.UnixFd(theirs)
        os.close(theirs)
        return given

    @dbus.service.signal(IFACE, signature="b")
    def PrepareForSleep(self, before):
        pass

    @dbus.service.signal(IFACE, signature="b")
    def PrepareForShutdown(self, before):
        pass


def session():
    panel, messages = Panel(), Messages()
    return {
        "appear": panel.appear,
        "vanish": panel.vanish,
        "host": panel.host,
        "items": panel.read,
        "activate": panel.activate,
        "click": panel.click,
        "clickMessage": messages.click,
    }


def system():
    logind = Logind()
    return {
        "sleep": lambda: logind.PrepareForSleep(True),
        "wake": lambda: logind.PrepareForSleep(False),
        "shutdown": lambda: logind.PrepareForShutdown(True),
    }


def main():
    orders = {"session": session, "system": system}[os.environ["PANEL_ROLE"]]()
    loop = GLib.MainLoop()

    pending = b""

    def obey(_source, _condition):
        nonlocal pending
        # read as bytes: what Python's own reader holds back, no watch tells of
        came = os.read(0, 65536)
        if came == b"":
            loop.quit()
            return False
        *lines, pending = (pending + came).split(b"\n")
        for line in lines:
            order = json.loads(line)
            number, name = order["number"], order["order"]
            try:
                if name == "items":
                    orders[name](lambda number=number, **words: tell({"answers": number, **words}))
                else:
                    tell({"answers": number, "value": orders[name](*order["with"])})
            except Exception as error:
                # whoever was asked is gone, or says no, or says what nobody understands
                tell({"answers": number, "error": str(error)})
        return True

    GLib.io_add_watch(0, GLib.IO_IN | GLib.IO_HUP, obey)
    tell({"event": "ready"})
    loop.run()


main()
