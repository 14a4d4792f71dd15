package replay

// SKAB returns Options for the runs of the Skoltech Anomaly Benchmark: eight
// sensors of a water pump at 1 Hz. Values are in the file's order and units:
// two accelerations (RMS, g), current (A), pressure (bar), the engine's and the
// fluid's temperature (°C), voltage (V), flow (l/min). Labels are anomaly and
// changepoint, NaN in the runs that have none. Times are taken as UTC.
func SKAB() *Options {
	return &Options{
		Comma: ';',
		Time:  "datetime",
		Values: Columns("Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure",
			"Temperature", "Thermocouple", "Voltage", "Volume Flow RateRMS"),
		Labels: []Column{{Name: "anomaly", Optional: true}, {Name: "changepoint", Optional: true}},
	}
}

// AstroPiMk1 returns Options for the logs of the Astro Pis of 2015, with Sense
// HATs of the first version. Values are in the order that [Env] and [Motion]
// take: temperature by the humidity sensor (°C), humidity (%RH), pressure (hPa),
// accel (g), gyro (rad/s) and mag (µT), x, y, z each. Times are UTC.
func AstroPiMk1() *Options {
	return &Options{
		Comma: ',',
		Time:  "time_stamp",
		Values: []Column{
			{Name: "temp_h", As: "temperature"},
			{Name: "humidity"},
			{Name: "pressure"},
			{Name: "accel_x"},
			{Name: "accel_y"},
			{Name: "accel_z"},
			{Name: "gyro_x"},
			{Name: "gyro_y"},
			{Name: "gyro_z"},
			{Name: "mag_x"},
			{Name: "mag_y"},
			{Name: "mag_z"},
		},
	}
}

// AstroPiMk2 returns Options for the logs of the Astro Pis of 2022. Values are
// those of [AstroPiMk1]; the gyroscope's are NaN, for these logs have none.
func AstroPiMk2() *Options {
	return &Options{
		Comma: ',',
		Time:  "Date/Time",
		Values: []Column{
			{Name: "Temperature", As: "temperature"},
			{Name: "Humidity", As: "humidity"},
			{Name: "Pressure", As: "pressure"},
			{Name: "AccelX", As: "accel_x"},
			{Name: "AccelY", As: "accel_y"},
			{Name: "AccelZ", As: "accel_z"},
			{Name: "GyroX", As: "gyro_x", Optional: true},
			{Name: "GyroY", As: "gyro_y", Optional: true},
			{Name: "GyroZ", As: "gyro_z", Optional: true},
			{Name: "MagX", As: "mag_x"},
			{Name: "MagY", As: "mag_y"},
			{Name: "MagZ", As: "mag_z"},
		},
	}
}

// SenseCSV returns Options for what python-sense-emu's sense_csv makes of a .hat
// recording, with its option --header or without. Values are those of
// [HATReader], in that order. Its times are in the local time of the computer
// that ran it: set Location to that.
func SenseCSV(header bool) *Options {
	o := &Options{
		Comma:   ',',
		Time:    "timestamp",
		Layouts: []string{"2006-01-02T15:04:05"},
		NaN:     Flag,
	}
	for i := range hatOrder {
		o.Values = append(o.Values, Column{Name: hatOrder[i].csv, As: hatOrder[i].name})
	}
	if !header { // the columns are in the order of the .hat file
		o.Header = make([]string, hatNumbers)
		o.Header[0] = o.Time
		for i := range hatOrder {
			o.Header[hatOrder[i].at] = hatOrder[i].csv
		}
	}
	return o
}

// SenseHATNames returns the names of a Sense HAT's values, as [AstroPiMk1] and
// [AppendSenseHAT] order them.
func SenseHATNames() []string {
	names := make([]string, senseHATSize)
	for i := range names {
		names[i] = hatOrder[i].name
	}
	return names
}
