// Gateway takes the place of the Python components of the book "Intelligent Workloads at the Edge" (Packt, 2022) and of the
// Greengrass components that these need: it speaks their topics and payloads, so that the leaf device of the book and what the book builds in
// the cloud go on working, and it works on while the cloud is out of reach.
//
//	go run ./examples/gateway                                           the whole: leaf, hub and cloud in one program, for 30 s
//	go run ./examples/gateway -listen :1883 -broker tls://NAME.iot.REGION.amazonaws.com:8883 -ca ca.pem -cert hub.pem -key hub.key -i2c 1
//
// The first runs everything ten times as often as the book does (-pace), on an emulated Sense HAT, cuts the uplink from 10 s to 18 s, and ends
// with an account of what was sent and what arrived. The second is a hub: at the book's pace, without an end, for a leaf outside.
//
//	component of the book                   here             topics
//	ReadSenseHAT, ReadSenseHATSimulated     climate.go       dt/local/sensor/hvac, local
//	WriteSenseHAT, ScrollMessage            matrix.go        dt/local/sensor/hvac, ml/dlr/image-classification
//	DLRImageClassification                  classify.go      ml/dlr/image-classification, local and to the cloud
//	Publisher                               appliances.go    hbs/localtopic, local
//	Subscriber                              bridge.go        hbs/localtopic to hbs/cloudtopic
//	Aggregator, StreamManager               uplink.go        hbs/localtopic to hbs/stream, in batches
//	Moquette, Auth                          broker.go        the local broker; what devices have subscribed to, sessions.go
//	Bridge                                  bridge.go        dt/+/heartbeat, to the cloud
//	                                        twin.go          $aws/things/localdevice/shadow/update and .../accepted
//	discover.py, the leaf                   leaf.go          those of the two rows above
//
// Components are not processes here, and what was Greengrass's IPC is the local broker too: any program may publish to hbs/localtopic, and has
// the acknowledgement when the message is on the disk.
//
// # The shadow of the leaf
//
// The book's bridge passes the leaf's shadow updates on as they are. Without a link they are lost, or queued and, hours later, written over what is
// newer. The gateway merges them instead: it keeps the leaf's reported state in a shadow.Shadow of its own. With a link an update is on its way
// at once; after an outage one update says what is true then, and fields that others wrote stay. The leaf notices nothing: what the service
// accepts is passed down as it comes, and where nothing had to be sent the gateway answers itself, once the cloud is known to agree. Until then
// there is no answer, as with the book's bridge. Requests for anything but the reported state are the service's own to answer: they go there at
// once or are rejected, and are never kept. Of what the leaf has said in an outage, a power cut takes at most the last five seconds.
//
// # From here to a product
//
// The leaf is the book's from the moment on at which it has an address and connects. Finding the hub is a service of AWS (Greengrass discovery) that
// knows nothing of this program, so a leaf has address and certificates from its configuration. With -local-cert, -local-key and -local-ca the local
// broker speaks TLS and takes each device by the name in its certificate; without them it takes a device's word for its name. Either way a
// device speaks for itself only.
//
// A rule of AWS IoT leads from hbs/stream on to Kinesis; a message there is a JSON array of the local ones. Replace buildModel by
// inference.Open, appliances.go by what you measure, and leave leaf.go, link.go and ledger.go out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: its exit code is 0 after a clean end, with or without messages left on the disk, and 1 when something was
// wrong or a message was lost.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = operate(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "gateway: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	return 0
}
