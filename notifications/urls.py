from api.views import route
from notifications import channel_views, notice_views

urlpatterns = [
    route("notification-channels", channel_views.ChannelList),
    route("notification-channels/kinds", channel_views.ChannelKindList),
    route("notification-channels/test", channel_views.NewChannelTest),
    route("notification-channels/{channel_id}", channel_views.ChannelItem),
    route("notification-channels/{channel_id}/test", channel_views.ChannelTest),
    route("notification-channels/{channel_id}/rotate-secret", channel_views.ChannelRotation),
    route("notification-deliveries", channel_views.DeliveryList),
    route("notification-deliveries/{delivery_id}/retry", channel_views.DeliveryRetry),
    route("notices", notice_views.NoticeList),
    route("notices/unread", notice_views.UnreadNotices),
    route("notices/read", notice_views.ReadNotices),
]
