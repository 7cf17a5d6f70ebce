package retail

// Document is what somebody showed to say who she is.
type Document string

// The documents that are told apart.
const (
	DocumentIdentityCard    Document = "IDENTITY_CARD"
	DocumentPassport        Document = "PASSPORT"
	DocumentDrivingLicence  Document = "DRIVING_LICENCE"
	DocumentResidencePermit Document = "RESIDENCE_PERMIT"
	DocumentHealthCard      Document = "HEALTH_CARD"
	DocumentAuthorisation   Document = "AUTHORISATION" // a letter of the shopper's, for who collects in her stead
	DocumentOther           Document = "OTHER"
)

// Collector is who took a pickup away, as far as the desk noted it. Nothing of the document is kept but its kind, and of a signature the hash
// of its image: whoever has the image can prove that it is the one.
type Collector struct {
	Name     string   `json:"name,omitempty"`
	Document Document `json:"document,omitempty"`
	// SignatureSHA256 is 64 hexadecimal digits, in lower case.
	SignatureSHA256 string `json:"signature_sha256,omitempty"`
}
