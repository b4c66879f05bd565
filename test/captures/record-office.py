#!/usr/bin/env python3
"""Records examples/captures/office.pcap: real traffic between two hosts of a small office.

    record-office.py [FILE]     as root; needs iproute2 ethtool tcpdump tshark dnsmasq-base dnsutils
                                iputils-ping curl

Client and server are network namespaces joined by a veth pair. Everything happens inside a network, mount
and process namespace of its own, so nothing is left behind however the script ends.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve()
CAPTURE = HERE.parents[2] / 'examples' / 'captures' / 'office.pcap'
VLAN_INTERFACE = HERE.parents[1] / 'support' / 'vlan-interface.py'

# Documentation addresses and names: RFC 5737, RFC 3849, RFC 2606.
VLAN_ID = 20
HOSTS = {
    'server': {'mac': '02:0f:f1:ce:00:01', 'lan': ['192.0.2.1/24', '2001:db8::1/64'],
               'vlan': ['198.51.100.1/24', '2001:db8:20::1/64']},
    'client': {'mac': '02:0f:f1:ce:00:02', 'lan': ['192.0.2.2/24', '2001:db8::2/64'],
               'vlan': ['198.51.100.2/24', '2001:db8:20::2/64']},
}
RECORDS = [
    '--host-record=www.office.example,192.0.2.1,2001:db8::1',
    '--host-record=voice.office.example,198.51.100.1,2001:db8:20::1',
    '--cname=intranet.office.example,www.office.example',
    '--mx-host=office.example,www.office.example,10',
    '--txt-record=office.example,v=spf1 -all',
]


def run(*command, host=None, check=True):
    place = ['ip', 'netns', 'exec', host] if host else []
    return subprocess.run([*place, *map(str, command)], check=check, text=True,
                          stdout=subprocess.PIPE, timeout=30).stdout


def start(*command, host, **options):
    return subprocess.Popen(['ip', 'netns', 'exec', host, *map(str, command)], **options)


def wait_until(what, condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f'{what}: not within {seconds} s')
        time.sleep(0.05)


def stop(process):
    process.send_signal(signal.SIGINT)
    process.wait(timeout=10)


def make_hosts():
    for name in HOSTS:
        run('ip', 'netns', 'add', name)
        run('ip', 'link', 'set', 'lo', 'up', host=name)
    run('ip', 'link', 'add', 'lan', 'netns', 'server', 'type', 'veth', 'peer', 'lan', 'netns', 'client')
    for name, host in HOSTS.items():
        run('ip', 'link', 'set', 'lan', 'address', host['mac'], host=name)
        # Without offloads every frame has the size and the checksums it would have on a cable.
        run('ethtool', '-K', 'lan', 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off', host=name)


def bring_up(name, interface, addresses):
    run('ip', 'link', 'set', interface, 'up', host=name)
    for address in addresses:
        run('ip', 'address', 'add', address, 'dev', interface, host=name)


def wait_for_addresses():
    """Duplicate address detection takes a second or two, and is worth recording."""
    for name in HOSTS:
        wait_until('IPv6 addresses', lambda: not run('ip', '-6', 'address', 'show', 'tentative', host=name))


def make_pages(folder):
    def lines(count, text):
        return ''.join(f'{number:04} {text}\n' for number in range(count))

    (folder / 'index.html').write_text('<!doctype html><title>Office</title><a href="report.txt">Report</a>')
    (folder / 'report.txt').write_text(lines(1000, 'All quiet at the office.'))
    (folder / 'minutes.txt').write_text(lines(400, 'Nothing was decided.'))


def start_services(folder):
    (folder / 'resolv.conf').write_text('nameserver 192.0.2.1\n')
    run('mount', '--bind', folder / 'resolv.conf', '/etc/resolv.conf')
    start('dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root',
          '--no-resolv', '--no-hosts', '--local=/example/', *RECORDS, host='server')
    start(sys.executable, '-m', 'http.server', '80', '--bind', '::', '--protocol', 'HTTP/1.1',
          '--directory', folder, host='server', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for port in (53, 80):
        wait_until(f'port {port}', lambda: run('ss', '-Hltn', f'sport = {port}', host='server'))


def pings(*addresses):
    for address in addresses:
        run('ping', '-n', '-q', '-c', 4, '-i', 0.2, address, host='client')
        run('ping', '-n', '-q', '-c', 2, '-i', 0.2, '-s', 3000, address, host='client')  # in fragments


def queries():
    for server in ('192.0.2.1', '2001:db8::1'):
        for query in ('www.office.example A', 'www.office.example AAAA', 'intranet.office.example A',
                      'office.example MX', 'office.example TXT', '-x 192.0.2.1', '-x 2001:db8::1',
                      'printer.office.example A'):  # the last does not exist
            run('dig', '+short', f'@{server}', *query.split(), host='client')
    run('dig', '+short', '+tcp', '@192.0.2.1', 'www.office.example', host='client')


def pages(name, *files):
    for family in ('-4', '-6'):
        run('curl', '-sS', '--noproxy', '*', family, '--remove-on-error',
            *[part for file in files for part in ('-o', '/dev/null', f'http://{name}/{file}')], host='client')


def record(file):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_pages(folder)
        make_hosts()
        raw = folder / 'raw.pcap'
        bring_up('server', 'lan', HOSTS['server']['lan'])
        # Without --immediate-mode the frames of the last second would be missing.
        recorder = start('tcpdump', '-i', 'lan', '-w', raw, '--immediate-mode', '--packet-buffered',
                         host='server', stderr=subprocess.DEVNULL)
        wait_until('tcpdump', raw.exists)
        bring_up('client', 'lan', HOSTS['client']['lan'])
        wait_for_addresses()
        start_services(folder)
        pings('192.0.2.1', '2001:db8::1')
        queries()
        pages('www.office.example', '', 'report.txt', 'minutes.txt', 'missing.html')

        for name, host in HOSTS.items():
            start(sys.executable, VLAN_INTERFACE, 'lan', VLAN_ID, 'voice', host=name)
            wait_until('VLAN interface', lambda: 'voice' in run('ip', '-br', 'link', host=name))
            run('ip', 'link', 'set', 'voice', 'address', host['mac'], host=name)
            bring_up(name, 'voice', host['vlan'])
        wait_for_addresses()
        pings('198.51.100.1', '2001:db8:20::1')
        pages('voice.office.example', '', 'minutes.txt')
        time.sleep(0.5)  # the last acknowledgements
        stop(recorder)

        sorted_by_time = folder / 'sorted.pcap'
        run('reordercap', raw, sorted_by_time)
        check(sorted_by_time)
        file.write_bytes(sorted_by_time.read_bytes())
    print(run('capinfos', '-t', '-c', '-s', '-u', file) + run('tshark', '-r', file, '-q', '-z', 'io,phs'))


def check(file):
    """What the capture promises is there, and nothing that a real cable would not carry."""
    def frames(condition):
        checked = [f'-o{layer}.check_checksum:TRUE' for layer in ('ip', 'tcp', 'udp')]
        return run('tshark', '-r', file, *checked, '-Y', condition)

    for promised in ('arp', 'icmp', 'icmpv6.type == 128', 'icmpv6.type == 135', 'dns and ip', 'dns and ipv6',
                     'http and ip and not vlan', 'http and ipv6 and not vlan', 'ip.frag_offset > 0',
                     'ipv6.fraghdr', 'tcp and frame.len == 1514', 'vlan and icmp', 'vlan and icmpv6',
                     'vlan and http'):
        if not frames(promised):
            sys.exit(f'no frame is {promised}')
    bad_checksums = [f'{layer}.checksum.status == 0' for layer in ('ip', 'tcp', 'udp', 'icmp', 'icmpv6')]
    too_long = 'frame.len > 1518 or (frame.len > 1514 and not vlan)'
    wrong = frames(' or '.join(['_ws.malformed', too_long, *bad_checksums]))
    if wrong:
        sys.exit(f'frames that are not right:\n{wrong}')


def main():
    if os.geteuid() != 0:
        sys.exit('recording needs root: it makes network namespaces')
    if os.environ.pop('OFFICE_IS_APART', None) is None:
        os.environ['OFFICE_IS_APART'] = 'yes'
        os.execvp('unshare', ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child',
                              '--mount-proc', sys.executable, *sys.argv])
    run('mount', '-t', 'tmpfs', 'tmpfs', '/run')  # where ip keeps the names of namespaces
    record(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else CAPTURE)


if __name__ == '__main__':
    main()
