from api.views import route
from maintenance import views

urlpatterns = [
    route("maintenance-windows", views.WindowList),
    route("maintenance-windows/calendar", views.Calendar),
    route("maintenance-windows/{window_id}", views.WindowItem),
]
