// Package mqtt5 makes an outbox's connections over MQTT 5, with paho.golang. It
// is a module of its own, so that who stays with MQTT 3.1.1 (package mqtt) does
// not get its dependency.
//
//	d, err := mqtt5.New(&mqtt5.Options{
//		Broker:   "tls://broker.example:8883",
//		ClientID: "hub-7",
//		KeyPair:  keys, // mqtt.NewKeyPair; nil without client certificates
//	})
//	if err != nil {
//		return err
//	}
//	out, err := transport.Open("/var/lib/hub/outbox", d, nil)
//
// Every connection is a fresh paho client with a clean start whose session ends
// with it: what has to be kept, the outbox keeps. Between the client and the
// network sits a checked connection, which admits only well-formed packets that
// a broker may send at that moment, bounds their size and gives every write a
// deadline. The client's session state and its pings are our own.
//
// # Reason codes
//
// A broker of MQTT 3.1.1 has one way to refuse a message, which is to end the
// connection, if it does not drop it in silence. One of MQTT 5 answers with a
// reason code. What becomes of a message by that of its PUBACK:
//
//	0x00, 0x10        delivered, though nobody may have subscribed
//	0x87              not authorized             refused: the message's fault
//	0x90              topic name invalid         refused
//	0x95              packet too large           refused; by mosquitto
//	0x99              payload format invalid     refused
//	0x9a, 0x9b        retain, QoS not supported  refused
//	0x88, 0x89        server unavailable, busy   sent again
//	0x91, 0x93        packet identifier in use,  sent again
//	                  receive maximum exceeded
//	0x96, 0x97        rate too high, quota       sent again
//	0x80, 0x83        unspecified, implementation specific: may be its fault
//	others from 0x80  do not belong there: may be its fault
//
// A message that is refused is a [transport.RejectedError]: the outbox sets it
// aside at once, with the broker's words, and the connection goes on. One that is
// sent again ends the connection, for it must not be overtaken by those behind
// it, and comes first on the next, after the outbox's backoff, as often as it
// takes. One that may be at fault is sent again too, but its error wraps
// [transport.ErrPeerClosed], so that the outbox looks for it as over MQTT 3.1.1,
// and sets it aside at the fourth end of a connection.
//
// A broker that ends the connection by DISCONNECT says why by the same codes.
// Here 0x87, 0x90, 0x95, 0x99, 0x9a and 0x9b do not name a message either, and
// count as "may be one's fault", as do all others but these, which acquit what is
// in flight: 0x00 and 0x04, 0x88, 0x89, 0x8b shutting down, 0x8d keep alive
// timeout, 0x8e session taken over, 0x91, 0x93, 0x96, 0x97, 0x98 administrative
// action, 0x9c and 0x9d another server, 0x9f connection rate, 0xa0 maximum
// connect time. A DISCONNECT and a CONNACK that refuses are a [*ReasonError] with
// the broker's words. Another server that it names is told and not followed.
//
// # What the broker says of itself
//
// A packet above its Maximum Packet Size, or with the retain flag where it keeps
// nothing, is rejected without being sent. No more packets are in flight than its
// Receive Maximum. Pings come as often as its Server Keep Alive asks. A client
// identifier that it assigned is used from then on. One that takes QoS 0 only is
// not used at all.
//
// # What goes along
//
// [transport.Message.Expiry], what is left of it, rounded up to whole seconds, is
// the Message Expiry Interval. [transport.Packet.ID] and Device are the user
// properties [PropertyID] and [PropertyDevice], but for strings with control
// characters, which are left out; [transport.Inbound.Identity] makes of them what
// [transport.Dedup] asks for.
//
// # Receiving
//
// The broker may have Options.ReceiveMaximum messages with QoS 1 without
// acknowledgement. An acknowledgement goes out when the handlers of a message
// have returned, in the order in which the messages came, so that a slow handler
// slows the broker down.
//
// A [Dialer] is safe for concurrent use and starts no goroutine; a session's
// goroutines end with its Close.
package mqtt5
