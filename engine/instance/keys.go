package instance

// The platform's words for the configuration of an instance. They are kept exactly; nothing outside this file spells them.
const (
	KeyEventsEnabled   = "event.notification.enabled"
	KeyVendorType      = "event.vendor.type"
	KeyVendorTypeTypo  = "vendor.event.type" // so printed on one of the platform's pages
	KeyCallbackURL     = "event.notification.callback.url"
	KeyCallbackHeaders = "event.notification.callback.headers"
	KeyBasicUsername   = "event.notification.basic.username"
	KeyBasicPassword   = "event.notification.basic.password"
	KeySignatureKey    = "event.notification.signature.key"
	KeyNotificationTyp = "event.notification.type"
	KeyInterval        = "event.poller.refresh_interval"
	KeyResources       = "event.poller.configuration"
	KeyLegacyURLs      = "event.poller.urls"
	KeyOverlap         = "event.poller.overlap"  // ours
	KeyStart           = "event.poller.start"    // ours
	KeyClassify        = "event.poller.classify" // ours
	KeyObjects         = "event.objects"
	KeyBaseURL         = "base.url" // ours: replaces the element's first base URL for one instance
	KeyFilterNulls     = "filter.response.nulls"
	KeyOAuthAPIKey     = "oauth.api.key"
)

// Keys of one resource inside event.poller.configuration.
const (
	keyURL             = "url"
	keyIDField         = "idField"
	keyDates           = "datesConfiguration"
	keyUpdatedField    = "updatedDateField"
	keyUpdatedFormat   = "updatedDateFormat"
	keyUpdatedTimezone = "updatedDateTimezone"
	keyCreatedField    = "createdDateField"
	keyCreatedFormat   = "createdDateFormat"
	keyCreatedTimezone = "createdDateTimezone"
	keyFilterByUpdated = "filterByUpdatedDate"
	keyFilterByUpdate  = "filterByUpdateDate" // so spelled in the platform's prose
	keyFilterByCurrent = "filterByCurrentDate"
	keyTolerance       = "createdCheckTolerance"
	keyPageSize        = "pageSize"
	keyPollDelay       = "pollDelay"
	keyDetect          = "detect" // ours, as those that follow
	keyDetectDeletes   = "detectDeletes"
	keyDetectExclude   = "detectExclude"
	keyDeleteGuard     = "deleteGuard"
)

// Mask stands for a secret in every answer.
const Mask = "********"

// platformKeys are configuration keys that belong to the platform and not to an element. The value tells what this version does not do
// with it; empty = it is honoured or harmless.
var platformKeys = map[string]string{
	KeyEventsEnabled: "", KeyVendorType: "", KeyCallbackURL: "", KeySignatureKey: "", KeyInterval: "", KeyResources: "", KeyBaseURL: "",
	KeyNotificationTyp: "", KeyFilterNulls: "", KeyLegacyURLs: "", KeyObjects: "", KeyOverlap: "", KeyStart: "", KeyClassify: "",
	KeyCallbackHeaders: "callback headers are not sent by this version",
	KeyBasicUsername:   "basic authentication of callbacks is not sent by this version",
	KeyBasicPassword:   "basic authentication of callbacks is not sent by this version",
}

// secretKeys are platform keys whose value is sealed and masked.
var secretKeys = map[string]bool{KeySignatureKey: true, KeyBasicPassword: true}
