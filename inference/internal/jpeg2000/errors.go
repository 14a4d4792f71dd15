package jpeg2000

// FormatError says how the input breaks the rules of JPEG 2000.
type FormatError string

func (e FormatError) Error() string { return "jpeg2000: " + string(e) }

// UnsupportedError says what the input uses that this package does not decode.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "jpeg2000: " + string(e) + " is not supported" }

// LimitError says what the input asks more of than this package is willing to give.
type LimitError string

func (e LimitError) Error() string { return "jpeg2000: too many " + string(e) }

const errShort = FormatError("the data ends too early")
