package app_test

import (
	"strings"
	"testing"
)

// TestReturnsByPostAreTold tells a customer how she sends goods back, that they arrived, and what of them comes back to her; and neither what she did
// herself, nor what is accepted twice.
func TestReturnsByPostAreTold(t *testing.T) {
	t.Parallel()
	w, s, _ := openTelling(t)
	bought := func() answer {
		return w.must("staff", "orders/PlaceOrder", basket("till", "milan", line("HAT", 2, ""),
			`,"customer":"`+ada+`"`+paid("CARD", 2000)+contact("ada@example.com", "", "es")))
	}
	order := bought()
	asked := w.must("staff", "returns/RequestReturn", sendBack(order.at("id"), "", 2))
	w.must("staff", "returns/ApproveReturnRequest", ofRequest(asked.at("id"), `,"label":"RL-77","carrier":"SEUR"`))
	w.tells(order, "RETURN_APPROVED EMAIL SENT")
	said := s.about("Puedes devolver artículos del pedido " + order.at("number").(string))
	if len(said) != 1 || !strings.Contains(said[0].text, "RL-77") || !strings.Contains(said[0].text, "2 ×") {
		t.Errorf("%+v", said)
	}
	w.must("staff", "returns/ReceiveReturnRequest", ofRequest(asked.at("id"), came(2)))
	w.tells(order, "RETURN_APPROVED EMAIL SENT", "RETURN_ARRIVED EMAIL SENT")
	w.must("staff", "returns/InspectReturnRequest", ofRequest(asked.at("id"), `,"lines":[`+back(1, 1, "RETURN_TO_STOCK")+`],"sendBack":[{"line":1,"quantity":"1"}]`))
	w.tells(order, "RETURN_APPROVED EMAIL SENT", "RETURN_ARRIVED EMAIL SENT", "RETURNED EMAIL SENT", "RETURN_SENT_BACK EMAIL SENT")
	said = s.about("Una parte de tu devolución del pedido " + order.at("number").(string) + " vuelve a ti")
	if len(said) != 1 || !strings.Contains(said[0].text, "1 ×") {
		t.Errorf("%+v", said)
	}

	other := bought()
	asked = w.must("staff", "returns/RequestReturn", sendBack(other.at("id"), "", 1))
	w.must("staff", "returns/RejectReturnRequest", ofRequest(asked.at("id"), `,"answer":"Se vendió sin devolución."`))
	w.tells(other, "RETURN_REJECTED EMAIL SENT")
	said = s.about("No podemos aceptar la devolución del pedido " + other.at("number").(string))
	if len(said) != 1 || !strings.Contains(said[0].text, "Se vendió sin devolución.") {
		t.Errorf("%+v", said)
	}
}
