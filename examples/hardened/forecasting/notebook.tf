resource "google_compute_network" "notebook" {
  name                    = "forecasting"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "notebook" {
  name                     = "forecasting"
  network                  = google_compute_network.notebook.id
  region                   = var.region
  ip_cidr_range            = "10.40.0.0/24"
  private_ip_google_access = true
}

# SSH through Identity-Aware Proxy.
resource "google_compute_firewall" "ssh" {
  name          = "forecasting-ssh"
  network       = google_compute_network.notebook.id
  source_ranges = ["35.235.240.0/20"]

  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}

resource "google_workbench_instance" "forecasting" {
  name            = "forecasting"
  location        = "${var.region}-a"
  instance_owners = ["planner@northwind.example"]

  gce_setup {
    machine_type      = "n2-standard-8"
    disable_public_ip = true

    service_accounts {
      email = google_service_account.forecaster.email
    }

    network_interfaces {
      network = google_compute_network.notebook.id
      subnet  = google_compute_subnetwork.notebook.id
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_vtpm                 = true
      enable_integrity_monitoring = true
    }

    boot_disk {
      disk_encryption = "CMEK"
      kms_key         = google_kms_crypto_key.forecasting.id
    }

    data_disks {
      disk_encryption = "CMEK"
      kms_key         = google_kms_crypto_key.forecasting.id
    }

    metadata = {
      "idle-timeout-seconds"       = "10800"
      "install-monitoring-agent"   = "true"
      "notebook-disable-downloads" = "true"
      "notebook-disable-nbconvert" = "true"
      "notebook-disable-root"      = "true"
      "notebook-disable-terminal"  = "true"
      "notebook-upgrade-schedule"  = "0 3 * * SUN"
    }
  }
}
