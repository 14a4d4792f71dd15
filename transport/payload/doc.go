// Package payload is what telemetry looks like on the wire: readings as plain
// records, and encoders that make a message of them.
//
//	enc, err := senml.New(senml.CBOR, nil)
//	if err != nil {
//		return err
//	}
//	buf, err = enc.AppendEncode(buf[:0], payload.Record{
//		Base: "urn:dev:mac:0024befffe804ff1:", Name: "temp", Unit: "Cel", Value: payload.Float(21.5), Time: r.At,
//	})
//	if err != nil {
//		return err
//	}
//	_, err = out.Publish(ctx, transport.Message{Topic: "hub/7/air", Payload: buf})
//
// # Encodings
//
// [JSON] and [Flat] are here. Package senml has Sensor Measurement Lists
// (RFC 8428) in JSON and CBOR, package cloudevents puts any of them in an event.
// A program links those that it imports.
//
// A [Record] knows nothing of sensors, so that who publishes need not import
// them; the example shows how a reading becomes one.
//
// # Batches
//
// An encoder takes many records: sixty in one SenML pack share their names and
// times and are a third of sixty packs of one. What was published one by one the
// outbox can still join: a lane with transport.Batch makes a JSON array of
// payloads in JSON, which for events is the CloudEvents batch format, and frames
// of those in CBOR.
//
// # Ownership
//
// Encoders keep nothing of a record or a buffer, are safe for concurrent use, and
// do not allocate when the buffer has room. What is wrong with a record is a
// [*RecordError]; nothing is appended then.
package payload
