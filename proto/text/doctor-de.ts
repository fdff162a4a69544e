// German words of "Alles prüfen" and of its findings: what was looked at, what was found, and what to do.
import type { doctorEn } from './doctor-en.ts'
import type { Message } from './format.ts'

export const doctorDe: Readonly<Record<keyof typeof doctorEn, Message>> = {
  'nav.doctor': 'Prüfung',
  doctor: 'Alles prüfen',
  'doctor.button': 'Prüfen',
  'doctor.say': 'Uhr, Router, Türen, Namen, Zertifikat: eins nach dem anderen',
  'doctor.intro.title': 'Ist alles, wie es sein soll?',
  'doctor.intro.say':
    'Wir schauen alles an, was ein Zertifikat braucht. Das dauert höchstens eine halbe Minute und ändert nichts.',
  'doctor.busy.title': 'Wir schauen alles an',
  'doctor.well.title': 'Alles ist gut',
  'doctor.well.say': 'Alles, was wir anschauen konnten, ist, wie es sein soll.',
  'doctor.bad.title': { one: 'Eins ist zu richten', other: '{count} Dinge sind zu richten' },
  'doctor.bad.say': 'Fang oben an: Was darunter steht, kann davon kommen.',
  'doctor.warning.title': 'Es geht, mit einem Aber',
  'doctor.warning.say': 'Nichts ist kaputt. Etwas könnte eines Tages im Weg sein.',
  'doctor.again': 'Noch einmal prüfen',
  'doctor.results': 'Ergebnisse',
  'doctor.waiting': 'Wir schauen',
  'doctor.copy': 'Für jemanden kopieren, der hilft',
  'doctor.copy.say': 'Ohne Schlüssel und Passwörter; Internetadressen sind gekürzt.',
  'doctor.todo': 'Was zu tun ist',
  'doctor.status.good': 'Gut',
  'doctor.status.warning': 'Achtung',
  'doctor.status.bad': 'Falsch',
  'doctor.status.unknown': 'Nicht angeschaut',

  'check.clock': 'Uhr',
  'check.disk': 'Festplatte',
  'check.key': 'Schlüssel',
  'check.network': 'Netzwerk',
  'check.ports': 'Türen',
  'check.router': 'Dein Router',
  'check.dial-back': 'Besucher',
  'check.names': 'Namen',
  'check.certificate': 'Zertifikat',

  'finding.clock-good': 'Sie stimmt mit den Servern überein.',
  'finding.clock-off': 'Dieser Computer sagt {here}, die Server sagen {there}.',
  'finding.clock-off.do':
    'Stelle Datum und Uhrzeit in den Einstellungen des Systems, am besten von selbst über das Internet.',
  'finding.clock-unknown': 'Kein Server war da, um sie zu vergleichen.',

  'finding.disk-good': '{free} sind frei, und der Ordner lässt sich beschreiben.',
  'finding.disk-low': 'Nur {free} sind frei.',
  'finding.disk-low.do': 'Schaffe etwas Platz auf der Festplatte mit {folder}.',
  'finding.disk-full': 'Die Festplatte ist voll: {free} sind frei.',
  'finding.disk-full.do':
    'Schaffe Platz auf der Festplatte mit {folder}. Vorher lässt sich kein neues Zertifikat aufheben.',
  'finding.disk-unwritable': 'Der Ordner {folder} lässt sich nicht beschreiben ({reason}).',
  'finding.disk-unwritable.do':
    'Gib ihn dem Benutzer, der Nodetrust laufen lässt, auf einer Festplatte, die nicht schreibgeschützt ist.',
  'finding.disk-open': 'Andere Leute an diesem Computer dürfen Dateien in {folder} ändern.',
  'finding.disk-open.do': 'Nimm ihnen das: chmod 700 {folder}',
  'finding.disk-none': 'Den Ordner {folder} gibt es noch nicht.',
  'finding.disk-none.do': 'Er entsteht beim ersten Start.',

  'finding.key-keychain': 'Er liegt im Passwortspeicher des Systems.',
  'finding.key-file': 'Er liegt in einer Datei, die nur ihr Besitzer lesen kann.',
  'finding.key-sealed': 'Er liegt in einer Datei hinter deinem Kennwort.',
  'finding.key-fell-back':
    'Es gibt keinen Passwortspeicher, darum liegt er in einer Datei, die nur ihr Besitzer lesen kann.',
  'finding.key-fell-back.do': 'Schütze ihn in den Einstellungen mit einem Kennwort.',
  'finding.key-readable': 'Andere an diesem Computer können die Datei {file} lesen.',
  'finding.key-readable.do': 'Nimm ihnen das: chmod 600 {file}',
  'finding.key-locked': 'Er ist gesperrt.',
  'finding.key-locked.do': 'Entsperre den Passwortspeicher des Systems, oder gib im Fenster dein Kennwort ein.',
  'finding.key-missing': 'Der Schlüssel dieses Computers ist weg.',
  'finding.key-missing.do':
    'Hole in den Einstellungen deine Sicherung zurück. Ein neuer Schlüssel wäre für alle ein anderer Computer.',
  'finding.key-unavailable': 'Er lässt sich nicht lesen.',
  'finding.key-unavailable.do': 'Schau, ob der Passwortspeicher des Systems läuft, und versuche es noch einmal.',
  'finding.key-unknown': 'Es gibt noch keinen Schlüssel.',
  'finding.key-unknown.do': 'Er entsteht beim ersten Start.',

  'finding.network-good': 'Die Server deines Netzwerks antworten.',
  'finding.network-local': 'Das Netzwerk ist in diesem Computer, und es antwortet.',
  'finding.network-some': '{names} antwortet nicht; andere schon.',
  'finding.network-some.do': 'Jetzt nichts. Wenn es so bleibt, sag es dem, der das Netzwerk betreibt.',
  'finding.network-silent': 'Kein Server deines Netzwerks antwortet: {names}.',
  'finding.network-silent.do':
    'Öffne irgendeine Webseite: Kommt keine, dann richte zuerst die Internetverbindung. Sonst sag es dem, der das Netzwerk betreibt.',
  'finding.network-no-address': 'Dieser Computer ist mit keinem Netzwerk verbunden.',
  'finding.network-no-address.do': 'Steck das Kabel ein, oder verbinde dich mit deinem WLAN.',
  'finding.network-none': 'Es ist kein Netzwerk gewählt.',
  'finding.network-none.do': 'Wähle eins im Fenster, oder: {own} join EINLADUNG',

  'finding.network-asleep': 'Das Übungsnetzwerk läuft nur, während der Knoten läuft.',
  'finding.network-asleep.do': 'Starte den Knoten, dann prüfe noch einmal.',

  'finding.ports-good': 'Browser kommen bei {wss} herein, Peers bei {tcp}.',
  'finding.ports-ready': 'Peers kommen bei {tcp} herein; {wss} ist frei für Browser.',
  'finding.ports-free': '{tcp} und {wss} sind frei.',
  'finding.ports-taken': 'Ein anderes Programm hat den Port {port}.',
  'finding.ports-taken.do': 'Beende das Programm, oder wähle in den Einstellungen einen anderen Port.',
  'finding.ports-closed': 'Unser eigener Port {port} antwortet nicht.',
  'finding.ports-closed.do': 'Starte Nodetrust neu. Wenn es so bleibt, schau nach der Firewall dieses Computers.',
  'finding.ports-held': 'Die App hat sie (Prozess {pid}).',
  'finding.ports-held.do': 'Wähle „Alles prüfen“ in ihren Einstellungen.',

  'finding.router-opened': 'Er lässt Besucher herein ({protocol}).',
  'finding.router-not-needed': 'Er muss nicht gefragt werden: Besucher kommen durch.',
  'finding.router-local': 'Das Netzwerk ist in diesem Computer: Es braucht keinen Router.',
  'finding.router-off': 'Er wird nicht gebeten, Besucher hereinzulassen.',
  'finding.router-off.do':
    'Schalte „Den Router bitten, Besucher hereinzulassen“ ein, oder leite auf seiner Seite die Ports {wss} und {tcp} weiter.',
  'finding.router-refused': 'Er wurde gebeten, Besucher hereinzulassen, und hat abgelehnt.',
  'finding.router-refused.do':
    'Erlaube auf der Seite des Routers UPnP oder Portfreigaben für diesen Computer, oder leite dort die Ports {wss} und {tcp} weiter.',
  'finding.router-silent': 'Er antwortet nicht auf UPnP, NAT-PMP oder PCP.',
  'finding.router-silent.do':
    'Schalte eins davon auf der Seite des Routers ein, oder leite dort die Ports {wss} und {tcp} weiter.',
  'finding.router-carrier-nat': 'Dein Anbieter hat eine Adresse für viele Kunden.',
  'finding.router-carrier-nat.do': 'Bitte deinen Anbieter um eine eigene Adresse (IPv4) oder um IPv6.',
  'finding.router-unknown': 'Er wurde nicht gefragt.',
  'finding.router-unknown.do': 'Starte den Knoten, dann prüfe noch einmal.',

  'finding.door-good': 'Jemand von außen kam bei {address} herein.',
  'finding.door-local': 'Das Netzwerk ist in diesem Computer: Niemand muss von außen kommen.',
  'finding.door-knocked': '{forge} kam herein, als es das letzte Zertifikat gab.',
  'finding.door-firewall': 'Niemand von außen kommt zu {wss} durch: Eine Firewall weist ab.',
  'finding.door-firewall.do':
    'Erlaube in der Firewall dieses Computers und des Routers eingehendes TCP zu {wss} und {tcp}.',
  'finding.door-router': 'Niemand von außen kommt zu {wss} durch: Der Router leitet es nicht weiter.',
  'finding.door-router.do': 'Tu, was beim Router steht, dann prüfe noch einmal.',
  'finding.door-carrier-nat': 'Niemand von außen kommt durch: Dein Anbieter steht dazwischen.',
  'finding.door-carrier-nat.do': 'Tu, was beim Router steht, dann prüfe noch einmal.',
  'finding.door-no-address': 'Das Internet sieht keine Adresse dieses Computers.',
  'finding.door-no-address.do': 'Ein VPN oder ein Proxy kann im Weg sein: Schalte ihn aus und prüfe noch einmal.',
  'finding.door-closed': 'Jemand von außen hat bei {wss} geklopft und kam nicht herein.',
  'finding.door-closed.do': 'Tu, was darüber steht, dann prüfe noch einmal.',
  'finding.door-unasked': 'Niemand in diesem Netzwerk schaut von außen.',
  'finding.door-unasked.do':
    '{forge} klopft an, wenn wir dort ein Zertifikat holen. Auch ein Telefon ohne WLAN zeigt es.',
  'finding.door-unknown': 'Niemand von außen konnte schauen.',
  'finding.door-unknown.do': 'Prüfe noch einmal, sobald die Server des Netzwerks antworten und der Knoten läuft.',

  'finding.names-good': 'Sie führen hierher, beim Nameserver dieses Computers und bei denen von {zone}.',
  'finding.names-none': 'Vor dem ersten Zertifikat gibt es keine.',
  'finding.names-missing': 'Die Nameserver von {zone} kennen {name} nicht.',
  'finding.names-missing.do': 'Sag es dem, der {zone} betreibt. An diesem Computer stimmt alles.',
  'finding.names-elsewhere': '{name} führt zu {address}, nicht hierher.',
  'finding.names-elsewhere.do':
    'Sag es dem, der {zone} betreibt, und schau, ob jemand auf dem Weg Antworten ändert (VPN, Filter).',
  'finding.names-resolver': 'Der Nameserver dieses Computers findet {name} nicht, die von {zone} schon.',
  'finding.names-resolver.do':
    'Nimm {zone} vom „DNS-Rebind-Schutz“ deines Routers aus, oder benutze einen anderen Nameserver.',
  'finding.names-silent': 'Die Nameserver von {zone} antworten nicht.',
  'finding.names-silent.do': 'Vorher findet niemand diesen Computer mit seinem Namen: Sag es dem, der {zone} betreibt.',

  'finding.certificate-good': 'Besucher sehen das richtige, gültig bis {until}.',
  'finding.certificate-test': 'Besucher sehen das richtige, gültig bis {until}; ihm vertraut nur, wem es gesagt wurde.',
  'finding.certificate-none': 'Es gibt noch keins.',
  'finding.certificate-none.do': 'Hole eins im Fenster, oder: {own} certificate get',
  'finding.certificate-late': 'Es gilt bis {until}, und seine Erneuerung ist überfällig.',
  'finding.certificate-late.do': 'Richte, was darüber falsch ist, dann: Jetzt erneuern, oder {own} certificate renew',
  'finding.certificate-silent': 'Wo Browser hereinkommen, antwortet niemand ({host}).',
  'finding.certificate-silent.do':
    'Starte Nodetrust neu. Wenn es so bleibt, schau, was dazwischen steht: Proxy, Firewall.',
  'finding.certificate-other': 'Besucher sehen ein anderes Zertifikat als unseres ({host}).',
  'finding.certificate-other.do':
    'Dort antwortet ein anderes Programm oder ein Proxy: Wähle einen anderen Port, oder beende es.',
  'finding.certificate-name': 'Das Zertifikat ist nicht für {host}.',
  'finding.certificate-name.do': 'Jetzt erneuern, oder: {own} certificate renew',
  'finding.certificate-chain': 'Browser vertrauen ihm nicht: {reason}.',
  'finding.certificate-chain.do': 'Jetzt erneuern, oder: {own} certificate renew',
  'finding.certificate-expired': 'Es ist abgelaufen, am {until}.',
  'finding.certificate-expired.do':
    'Richte, was darüber falsch ist, dann: Jetzt erneuern, oder {own} certificate renew',
  'finding.certificate-stored': 'Eins ist aufgehoben, gültig bis {until}; niemand benutzt es.',
  'finding.certificate-stored.do': 'Starte den Knoten: {own} node',

  'finding.unchecked': 'Es dauerte zu lange.',
  'finding.unchecked.do': 'Prüfe noch einmal. Wenn es so bleibt, schau nach der Internetverbindung.',
}
