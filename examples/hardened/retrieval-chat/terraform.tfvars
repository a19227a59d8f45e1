subscription_id = "00000000-0000-0000-0000-000000000000"
tenant_id       = "00000000-0000-0000-0000-000000000000"

office_ranges = ["203.0.113.0/26"]

ai_services = {
  chat = {
    kind     = "AIServices"
    projects = true
  }
  documents = {
    kind = "FormRecognizer"
  }
}

chat_image = "northwindchat.azurecr.io/chat:1.14.2"
