package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	duration time.Duration
	pace     float64
	broker   string
	ca       string
	cert     string
	key      string
	id       string
	thing    string
	stream   string
	state    string
	cut      window
	i2c      string
	seed     uint64
	json     bool
	verbose  bool

	listen    string
	localCert string
	localKey  string
	localCA   string

	demo bool // no broker was named: the cloud is in this program
}

// window is a span of time since the start of the run; the zero window is empty.
type window struct{ from, to time.Duration }

// String is the flag's own notation.
func (w *window) String() string {
	if w.to == 0 {
		return ""
	}
	return w.from.String() + "-" + w.to.String()
}

// Set parses "10s-20s".
func (w *window) Set(s string) error {
	a, b, ok := strings.Cut(s, "-")
	from, err1 := time.ParseDuration(a)
	to, err2 := time.ParseDuration(b)
	if !ok || err1 != nil || err2 != nil || from < 0 || to < from {
		return errors.New(`want a span such as "10s-20s", or "0s-0s" for none`)
	}
	*w = window{from, to}
	return nil
}

func (w window) contains(d time.Duration) bool { return d >= w.from && d < w.to }

// parse reads the command line; all that is wrong with it is said at once.
func parse(args []string, usage io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("gateway", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.DurationVar(&o.duration, "duration", 0, "end after this `time`, 0 for never (default: 30s without -broker, 0 with one)")
	fs.Float64Var(&o.pace, "pace", 0, "so many `times` as often as in the book everything is measured and sent (default: 10 without -broker, 1 with one)")
	fs.StringVar(&o.listen, "listen", "", "`address` of the local broker, such as :1883, for devices outside; without it, one is simulated here")
	fs.StringVar(&o.localCert, "local-cert", "", "`file` with the certificate of the local broker, which then speaks TLS")
	fs.StringVar(&o.localKey, "local-key", "", "`file` with its key")
	fs.StringVar(&o.localCA, "local-ca", "", "`file` with the authority of the devices' certificates, which hold their client identifier as common name")
	fs.StringVar(&o.broker, "broker", "", "`URL` of the cloud's MQTT broker, such as tls://broker.example:8883, over TLS within the limits of AWS IoT Core (default: none, a demonstration with a cloud inside)")
	fs.StringVar(&o.ca, "ca", "", "`file` with the certificates that the cloud's is held against (default: the system's)")
	fs.StringVar(&o.cert, "cert", "", "`file` with the gateway's certificate for the cloud")
	fs.StringVar(&o.key, "key", "", "`file` with its key")
	fs.StringVar(&o.id, "id", "hub", "`name` of the gateway to the cloud")
	fs.StringVar(&o.thing, "thing", "localdevice", "`name` of the leaf device whose shadow is kept: its client identifier, too")
	fs.StringVar(&o.stream, "stream", "hbs/stream", "`topic` that takes the place of the stream to Kinesis; a rule of AWS IoT can lead on from it")
	fs.StringVar(&o.state, "state", "", "`folder` for what is not yet delivered (default: a temporary one; gateway-state with -broker)")
	fs.Var(&o.cut, "link", "cut the uplink in this `span` of the run, such as 10s-20s (default: the middle of it without -broker, never with one)")
	fs.StringVar(&o.i2c, "i2c", "", "use the Sense HAT at this I2C `bus`, such as 1 (default: an emulated one)")
	fs.Uint64Var(&o.seed, "seed", 1, "of what is simulated")
	fs.BoolVar(&o.json, "json", false, "print the summary as one JSON object on the last line")
	fs.BoolVar(&o.verbose, "v", false, "log what the components do, not only what is wrong")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(usage, "gateway takes the place of the Python components and of the MQTT bridge of a Greengrass hub.")
			fs.SetOutput(usage)
			fs.PrintDefaults()
		}
		return o, err
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	o.complete(given)

	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if fs.NArg() > 0 {
		bad("unexpected argument %q", fs.Arg(0))
	}
	if o.duration < 0 {
		bad("-duration %v is negative", o.duration)
	}
	if !(o.pace >= 0.01 && o.pace <= 100) {
		bad("-pace is %v, want 0.01 to 100", o.pace)
	}
	if o.broker != "" {
		if u, err := url.Parse(o.broker); err != nil || u.Host == "" {
			bad("-broker %q is not a URL such as tls://broker.example:8883", o.broker)
		}
	}
	if o.listen != "" {
		if _, _, err := net.SplitHostPort(o.listen); err != nil {
			bad("-listen %q is not an address such as :1883", o.listen)
		}
	}
	for name, v := range map[string]string{"id": o.id, "thing": o.thing} {
		if v == "" || strings.ContainsAny(v, "/+#\x00 ") {
			bad("-%s %q must not be empty or contain / + # or spaces", name, v)
		}
	}
	if o.stream == "" || strings.ContainsAny(o.stream, "+#\x00") {
		bad("-stream %q is not a topic", o.stream)
	}
	if (o.cert == "") != (o.key == "") {
		bad("-cert and -key belong together")
	}
	if (o.ca != "" || o.cert != "") && !strings.HasPrefix(o.broker, "tls://") {
		bad("-ca, -cert and -key need a -broker tls://...")
	}
	if n := len(o.localCert) * len(o.localKey) * len(o.localCA); n == 0 && o.localCert+o.localKey+o.localCA != "" {
		bad("-local-cert, -local-key and -local-ca belong together")
	}
	if o.localCert+o.localKey+o.localCA != "" && o.listen == "" {
		bad("-local-cert, -local-key and -local-ca need a -listen")
	}
	return o, errors.Join(errs...)
}

// complete fills in what was not given: a demonstration is short and hurries, a gateway is neither.
func (o *options) complete(given map[string]bool) {
	o.demo = o.broker == ""
	if !o.demo {
		if !given["pace"] {
			o.pace = 1
		}
		if !given["state"] {
			o.state = "gateway-state"
		}
		return
	}
	if !given["duration"] {
		o.duration = 30 * time.Second
	}
	if !given["pace"] {
		o.pace = 10
	}
	if !given["link"] {
		o.cut = window{o.duration / 3, o.duration * 3 / 5}
	}
}

// often is how long a time of the book's lasts here.
func (o *options) often(book time.Duration) time.Duration {
	return max(time.Duration(float64(book)/o.pace), time.Millisecond)
}
