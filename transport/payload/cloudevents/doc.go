// Package cloudevents is CloudEvents 1.0 in JSON: the structured mode, which
// MQTT 3.1.1 has room for, and the batch format.
//
//	ids, err := cloudevents.NewIDs(out.Epoch(), "air")
//	if err != nil {
//		return err
//	}
//	enc, err := cloudevents.New("/hubs/7", "com.example.air.measured", ids, &cloudevents.Options{Inner: pack})
//	if err != nil {
//		return err
//	}
//	id := ids.Next()
//	buf, err = enc.AppendAs(buf[:0], id, records...)
//	if err != nil {
//		return err
//	}
//	_, err = out.Publish(ctx, transport.Message{Topic: "hub/7/air", Payload: buf, ID: id.String()})
//
// # Events
//
// An [Event] is written by [Event.AppendJSON] and read by [Parse]; a list of them
// by [AppendBatch] and [ParseBatch]. [Encoder] is a payload.Encoder that puts
// what another one writes into an event: JSON as it is, the rest in base64. A
// lane of an outbox with BatchJSON joins the events published to it into
// what the specification calls a batch, application/cloudevents-batch+json.
//
// # Identity
//
// Source and id together tell one event from all others, however often it
// arrives. An [ID] is epoch, name and number, as transport's envelopes have them,
// so that the consumer asks the same transport.Dedup:
//
//	id, err := cloudevents.ParseID(e.ID)
//	if err == nil && dedup.Seen(transport.Envelope{Device: e.Source, Epoch: id.Epoch, Lane: id.Lane, Seq: id.Seq}) {
//		return // again
//	}
//
// In a lane with an Envelope the outbox gives every message its identity by
// itself; the example makes an event of one. Then the id of an event inside is
// the producer's own.
//
// # What is checked
//
// The specification's musts, both ways, and its shoulds for names of extensions
// when writing. Reading never panics, and takes a batch of MaxEvents at most.
package cloudevents
