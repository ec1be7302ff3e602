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
	KeyFormat          = "event.notification.format"  // ours, as the five that follow
	KeyBatch           = "event.notification.batch"   // events in a notification
	KeyOrder           = "event.notification.order"   // which events wait for each other
	KeyLanes           = "event.notification.lanes"   // notifications on their way at once
	KeyRetries         = "event.notification.retries" // waits between the attempts of a refused notification
	KeyRate            = "event.notification.rate"    // notifications per second
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
	KeyOAuthCallback   = "oauth.callback.url"
	KeyRefreshToken    = "oauth.user.refresh_token" // an existing one, with externalAuthentication "initial"
	KeyCredential      = "oauth.credential"         // ours: the name of a credential that instances share
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

// platformKeys are configuration keys that belong to the platform, or to us, and not to an element. Those that nothing reads are harmless.
var platformKeys = map[string]bool{
	KeyEventsEnabled: true, KeyVendorType: true, KeyCallbackURL: true, KeySignatureKey: true, KeyInterval: true, KeyResources: true, KeyBaseURL: true,
	KeyNotificationTyp: true, KeyFilterNulls: true, KeyLegacyURLs: true, KeyObjects: true, KeyOverlap: true, KeyStart: true, KeyClassify: true,
	KeyCallbackHeaders: true, KeyBasicUsername: true, KeyBasicPassword: true,
	KeyFormat: true, KeyBatch: true, KeyOrder: true, KeyLanes: true, KeyRetries: true, KeyRate: true,
}
