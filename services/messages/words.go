package messages

import (
	"fmt"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/locale"
	"github.com/aisle-retail/aisle/services/retail"
)

// words are how a language writes amounts and times. What messages say stands in templates/<language>.tmpl; a test proves that no
// language leaves anything out.
type words struct {
	locale.Numbers
	// amount takes a number and a currency.
	amount string
	// moment takes the day, the month, the year, and the time of day with its zone.
	moment string
	months [12]string
	// see is what the link to the order says, pay the link to pay it by, and cart the link to the cart.
	see, pay, cart string
}

// button is what the link of a message says.
func (w words) button(kind retail.MessageKind) string {
	switch kind {
	case retail.MessagePaymentLink:
		return w.pay
	case retail.MessageCartLeftBehind:
		return w.cart
	}
	return w.see
}

var languages = map[string]words{
	"en": {
		Numbers: locale.Numbers{Decimal: ".", Group: ","}, amount: "%[2]s%[1]s", moment: "%d %s %d, %s", see: "See your order", pay: "Pay now", cart: "See your cart",
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
			"December"},
	},
	"es": {
		Numbers: locale.Numbers{Decimal: ",", Group: "."}, amount: "%[1]s\u00a0%[2]s", moment: "%d de %s de %d, %s", see: "Ver tu pedido", pay: "Pagar ahora", cart: "Ver tu cesta",
		months: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
			"diciembre"},
	},
	"ca": {
		Numbers: locale.Numbers{Decimal: ",", Group: "."}, amount: "%[1]s\u00a0%[2]s", moment: "%d %s del %d, %s", see: "Veure la comanda", pay: "Pagar ara", cart: "Veure el cistell",
		months: [12]string{"de gener", "de febrer", "de març", "d’abril", "de maig", "de juny", "de juliol", "d’agost", "de setembre",
			"d’octubre", "de novembre", "de desembre"},
	},
	"pt": {
		Numbers: locale.Numbers{Decimal: ",", Group: "."}, amount: "%[1]s\u00a0%[2]s", moment: "%d de %s de %d, %s", see: "Ver a encomenda", pay: "Pagar agora", cart: "Ver o carrinho",
		months: [12]string{"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro",
			"dezembro"},
	},
}

// symbols are those of currencies that everybody knows by them; the others are written as their code.
var symbols = map[string]string{"EUR": "€", "GBP": "£", "USD": "$"}

// money writes an amount.
func (w words) money(minor int64, currency string) string {
	exponent, _ := retail.CurrencyExponent(currency)
	symbol, known := symbols[currency]
	if !known {
		symbol = currency
		if strings.HasPrefix(w.amount, "%[2]s%") {
			symbol += "\u00a0"
		}
	}
	return fmt.Sprintf(w.amount, w.Fixed(minor, exponent), symbol)
}

// at writes an instant with its zone, so that nobody has to guess what clock it is by.
func (w words) at(t time.Time) string {
	return fmt.Sprintf(w.moment, t.Day(), w.months[t.Month()-1], t.Year(), t.Format("15:04")+" "+locale.ZoneName(t))
}
