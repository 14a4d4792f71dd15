package awsiottest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest/internal/play"
)

// Defender is the metrics service of Device Defender, over its JSON topics. Its
// methods are safe for concurrent use.
//
// It checks reports by the service's "Device metrics document specification", in
// long names and short ones. Where that is silent it does the stricter thing: a
// field that it does not know, and an identifier that is not above the last one
// of the thing, are malformed, and a report within 300 s of the last is
// throttled.
type Defender struct {
	stage   play.Stage
	mu      sync.Mutex
	last    map[string]DefenderReport
	reports []DefenderReport
	refused int
	script  func(DefenderReport) DefenderFault
}

// DefenderReport is a report as it arrived.
type DefenderReport struct {
	Thing   string
	ID      int64 // 0 when it cannot be read
	Payload []byte
	Time    time.Time
}

// DefenderFault is what befalls a report. The zero value: nothing.
type DefenderFault struct {
	Reject    string // it is refused with this code
	Silent    bool   // it is taken, and the answer is lost
	Anonymous bool   // the answer does not say which report it is about
	Answer    []byte // this arrives instead of the answer, and before it
}

// NewDefender makes a service that saw no report.
func NewDefender() *Defender { return &Defender{last: map[string]DefenderReport{}} }

// Script sets what befalls every report from now on; nil: nothing.
func (d *Defender) Script(f func(DefenderReport) DefenderFault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.script = f
}

// Reports returns the accepted reports in the order in which they arrived.
func (d *Defender) Reports() []DefenderReport {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.reports)
}

// Refused is how many reports were refused.
func (d *Defender) Refused() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
}

// Serve takes the reports of all things over a connection, until ctx ends; it
// returns ctx's error. Everything runs on the calling goroutine.
func (d *Defender) Serve(ctx context.Context, c awsiot.Conn) error {
	return d.stage.Serve(ctx, c, []string{"$aws/things/+/defender/metrics/json"}, d.handle, nil)
}

func (d *Defender) handle(m play.Message, send func(play.Message)) {
	p := strings.Split(m.Topic, "/")
	if len(p) != 6 {
		return
	}
	r := DefenderReport{Thing: p[2], Payload: m.Payload, Time: time.Now()}
	id, err := defenderCheckReport(m.Payload)
	r.ID = id

	d.mu.Lock()
	script := d.script
	d.mu.Unlock()
	var fault DefenderFault
	if script != nil {
		fault = script(r)
	}
	d.mu.Lock()
	code, text := fault.Reject, "Scripted."
	last, before := d.last[r.Thing]
	switch {
	case code != "":
	case err != nil || before && r.ID <= last.ID:
		code, text = "InvalidPayload", "Malformed metrics report"
	case before && r.Time.Sub(last.Time) < 300*time.Second:
		code, text = "Throttled", "Reports come too often"
	}
	if code == "" {
		d.last[r.Thing] = r
		d.reports = append(d.reports, r)
	} else {
		d.refused++
	}
	d.mu.Unlock()

	if fault.Answer != nil {
		send(play.Message{Topic: m.Topic + "/rejected", Payload: fault.Answer})
	}
	if fault.Silent {
		return
	}
	type details struct {
		Code    string `json:"ErrorCode"`
		Message string `json:"ErrorMessage"`
	}
	a := struct {
		Thing   string   `json:"thingName"`
		ID      int64    `json:"reportId,omitempty"`
		Status  string   `json:"status"`
		Details *details `json:"statusDetails,omitempty"`
		Time    int64    `json:"timestamp"`
	}{r.Thing, r.ID, "ACCEPTED", nil, r.Time.UnixMilli()}
	topic := m.Topic + "/accepted"
	if code != "" {
		topic, a.Status, a.Details = m.Topic+"/rejected", "REJECTED", &details{code, text}
	}
	if fault.Anonymous {
		a.ID = 0
	}
	send(play.Message{Topic: topic, Payload: encodeJSON(a)})
}

// defenderCheckReport reads a report and says what is wrong with it.
func defenderCheckReport(payload []byte) (id int64, err error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(payload, &doc); err != nil {
		return 0, err
	}
	header, _, err := defenderSection(doc, "header", "hed", "report_id", "rid", "version", "v")
	if err != nil {
		return 0, err
	}
	var version string
	err = errors.Join(defenderRead(header, "report_id", &id), defenderRead(header, "version", &version))
	if err == nil && (id < 1 || !regexp.MustCompile(`^\d+\.\d+$`).MatchString(version)) {
		err = fmt.Errorf("header %s", payload)
	}
	metrics, some, e := defenderSection(doc, "metrics", "met", "listening_tcp_ports", "tp", "listening_udp_ports", "up", "network_stats", "ns", "tcp_connections", "tc")
	if err = errors.Join(err, e); err != nil {
		return id, err
	}
	for _, ports := range []string{"listening_tcp_ports", "listening_udp_ports"} {
		err = errors.Join(err, defenderCheckPorts(metrics, ports))
	}
	err = errors.Join(err, defenderCheckNetwork(metrics), defenderCheckConnections(metrics))
	custom, more := doc["custom_metrics"]
	if !more {
		custom, more = doc["cmet"]
	}
	if !some && !more {
		err = errors.Join(err, errors.New("neither metrics nor custom metrics"))
	}
	if more {
		err = errors.Join(err, defenderCheckCustom(custom))
	}
	return id, err
}

// defenderSection reads an object that is under either name, whose fields have either
// name, and gives them the long ones. There may be none but a header.
func defenderSection(doc map[string]json.RawMessage, names ...string) (fields map[string]json.RawMessage, ok bool, err error) {
	raw, ok := doc[names[0]]
	if !ok {
		raw, ok = doc[names[1]]
	}
	if !ok {
		return nil, false, nil
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, true, err
	}
	if o == nil {
		return nil, true, fmt.Errorf("%s is no object", names[0])
	}
	fields = map[string]json.RawMessage{}
	for i := 2; i < len(names); i += 2 {
		for _, n := range names[i : i+2] {
			if v, there := o[n]; there {
				fields[names[i]] = v
				delete(o, n)
			}
		}
	}
	if len(o) > 0 {
		return nil, true, fmt.Errorf("unknown fields in %s", raw)
	}
	return fields, true, nil
}

// defenderRead reads a field that must be there.
func defenderRead(fields map[string]json.RawMessage, name string, v any) error {
	raw, ok := fields[name]
	if !ok {
		return fmt.Errorf("no %s", name)
	}
	return json.Unmarshal(raw, v)
}

func defenderCheckPorts(metrics map[string]json.RawMessage, name string) error {
	o, ok, err := defenderSection(metrics, name, name, "ports", "pts", "total", "t")
	if !ok || err != nil {
		return err
	}
	var list []json.RawMessage
	var total int
	if err := errors.Join(defenderRead(o, "ports", &list), defenderRead(o, "total", &total)); err != nil {
		return err
	}
	if total < len(list) {
		return fmt.Errorf("%d ports of %d", len(list), total)
	}
	for _, p := range list {
		f, _, err := defenderSection(map[string]json.RawMessage{"p": p}, "p", "p", "port", "pt", "interface", "if")
		if err != nil {
			return err
		}
		var port int
		if err := defenderRead(f, "port", &port); err != nil || port < 1 || port > 65535 {
			return fmt.Errorf("port %s", p)
		}
		if raw, ok := f["interface"]; ok {
			var s string
			if err := json.Unmarshal(raw, &s); err != nil || s == "" {
				return fmt.Errorf("interface of %s", p)
			}
		}
	}
	return nil
}

func defenderCheckNetwork(metrics map[string]json.RawMessage) error {
	o, ok, err := defenderSection(metrics, "network_stats", "network_stats", "bytes_in", "bi", "bytes_out", "bo", "packets_in", "pi", "packets_out", "po")
	if !ok || err != nil {
		return err
	}
	var n uint64
	return errors.Join(defenderRead(o, "bytes_in", &n), defenderRead(o, "bytes_out", &n), defenderRead(o, "packets_in", &n), defenderRead(o, "packets_out", &n))
}

func defenderCheckConnections(metrics map[string]json.RawMessage) error {
	tcp, ok, err := defenderSection(metrics, "tcp_connections", "tcp_connections", "established_connections", "ec")
	if !ok || err != nil {
		return err
	}
	o, _, err := defenderSection(tcp, "established_connections", "established_connections", "connections", "cs", "total", "t")
	if err != nil {
		return err
	}
	var list []json.RawMessage
	var total int
	if err := errors.Join(defenderRead(o, "connections", &list), defenderRead(o, "total", &total)); err != nil {
		return err
	}
	if total < len(list) {
		return fmt.Errorf("%d connections of %d", len(list), total)
	}
	for _, c := range list {
		f, _, err := defenderSection(map[string]json.RawMessage{"c": c}, "c", "c", "remote_addr", "rad", "local_port", "lp", "local_interface", "li")
		if err != nil {
			return err
		}
		var remote string
		var port int
		if err := errors.Join(defenderRead(f, "remote_addr", &remote), defenderRead(f, "local_port", &port)); err != nil {
			return err
		}
		if _, err := netip.ParseAddrPort(remote); err != nil {
			return err
		}
	}
	return nil
}

func defenderCheckCustom(raw json.RawMessage) error {
	var all map[string][]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	for name, list := range all {
		if len(list) != 1 || len(list[0]) != 1 {
			return fmt.Errorf("metric %q is not one value in a list", name)
		}
		for kind, v := range list[0] {
			var err error
			switch kind {
			case "number":
				err = json.Unmarshal(v, new(float64))
			case "number_list":
				err = json.Unmarshal(v, new([]float64))
			case "string_list":
				err = json.Unmarshal(v, new([]string))
			case "ip_list":
				err = json.Unmarshal(v, new([]netip.Addr))
			default:
				err = fmt.Errorf("type %q", kind)
			}
			if err != nil {
				return fmt.Errorf("metric %q: %w", name, err)
			}
		}
	}
	return nil
}

// Ready waits until Serve works on a connection, or ctx ends; it returns ctx's
// error.
func (d *Defender) Ready(ctx context.Context) error { return d.stage.Ready(ctx) }
