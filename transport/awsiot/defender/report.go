package defender

import (
	"encoding/json"
	"errors"
	"fmt"
)

// names are the names of a report's fields, by "Device metrics document
// specification" of the AWS IoT developer guide.
type names struct {
	header, reportID, version                                 string
	metrics, custom                                           string
	tcpPorts, udpPorts, ports, port, iface, total             string
	network, bytesIn, bytesOut, packetsIn, packetsOut         string
	tcp, established, connections, remote, localPort, localIf string
}

func longNames() *names {
	return &names{
		"header", "report_id", "version",
		"metrics", "custom_metrics",
		"listening_tcp_ports", "listening_udp_ports", "ports", "port", "interface", "total",
		"network_stats", "bytes_in", "bytes_out", "packets_in", "packets_out",
		"tcp_connections", "established_connections", "connections", "remote_addr", "local_port", "local_interface",
	}
}

func shortNames() *names {
	return &names{
		"hed", "rid", "v",
		"met", "cmet",
		"tp", "up", "pts", "pt", "if", "t",
		"ns", "bi", "bo", "pi", "po",
		"tc", "ec", "cs", "rad", "lp", "li",
	}
}

const reportVersion = "1.0"

// report is what goes into one message.
type report struct {
	id      int64
	system  Metrics
	traffic *Counters // nil: no earlier state to compare with
	custom  map[string]Value
	turn    int // lists that are too long begin at another place in each report
	limit   int // of lists
}

type object = map[string]any

// encode makes the message. The error is that nothing is in it.
func (r *report) encode(n *names) ([]byte, error) {
	met := object{}
	if r.system.TCP != nil {
		met[n.tcpPorts] = r.portList(n, r.system.TCP)
	}
	if r.system.UDP != nil {
		met[n.udpPorts] = r.portList(n, r.system.UDP)
	}
	if c := r.traffic; c != nil {
		met[n.network] = object{n.bytesIn: c.BytesIn, n.bytesOut: c.BytesOut, n.packetsIn: c.PacketsIn, n.packetsOut: c.PacketsOut}
	}
	if r.system.Connections != nil {
		list := []object{}
		for _, c := range some(r.system.Connections, r.turn, r.limit) {
			o := object{n.remote: c.Remote.String(), n.localPort: c.LocalPort}
			if c.Interface != "" {
				o[n.localIf] = c.Interface
			}
			list = append(list, o)
		}
		met[n.tcp] = object{n.established: object{n.connections: list, n.total: len(r.system.Connections)}}
	}
	doc := object{n.header: object{n.reportID: r.id, n.version: reportVersion}}
	if len(met) > 0 {
		doc[n.metrics] = met
	}
	if len(r.custom) > 0 {
		c := object{}
		for name, v := range r.custom {
			c[name] = []object{{v.kind: v.v}}
		}
		doc[n.custom] = c
	}
	if len(doc) == 1 {
		return nil, errors.New("defender: nothing to report")
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("defender: %w", err)
	}
	if len(b) > maxPayload {
		return nil, fmt.Errorf("defender: report of %d bytes; the limit is %d", len(b), maxPayload)
	}
	return b, nil
}

func (r *report) portList(n *names, ports []Port) object {
	list := []object{}
	for _, p := range some(ports, r.turn, r.limit) {
		o := object{n.port: p.Port}
		if p.Interface != "" {
			o[n.iface] = p.Interface
		}
		list = append(list, o)
	}
	return object{n.ports: list, n.total: len(ports)}
}

// some is as much of a list as a report holds, another part in each turn, so
// that in the end all of it is seen.
func some[T any](list []T, turn, limit int) []T {
	if len(list) <= limit {
		return list
	}
	out := make([]T, limit)
	for i := range out {
		out[i] = list[(turn*limit+i)%len(list)]
	}
	return out
}
